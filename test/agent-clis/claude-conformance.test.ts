import { claude } from '../../src/runners/agent-cli/claude.ts'
import { describeRunner } from '../runners/conformance.ts'
import { useModels } from './models/server.ts'
import { cliUnderTest } from './under-test.ts'

const models = useModels()

describeRunner('claude', () => Promise.resolve(cliUnderTest(claude, models)))
