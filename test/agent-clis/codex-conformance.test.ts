import { codex } from '../../src/runners/agent-cli/codex.ts'
import { describeRunner } from '../runners/conformance.ts'
import { useModels } from './models/server.ts'
import { cliUnderTest } from './under-test.ts'

const models = useModels()

describeRunner('codex', () => Promise.resolve(cliUnderTest(codex, models)))
