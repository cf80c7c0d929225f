import { gemini } from '../../src/runners/agent-cli/gemini.ts'
import { describeRunner } from '../runners/conformance.ts'
import { useModels } from './models/server.ts'
import { cliUnderTest } from './under-test.ts'

const models = useModels()

describeRunner('gemini', () => Promise.resolve(cliUnderTest(gemini, models)))
