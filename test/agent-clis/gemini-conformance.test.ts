import { gemini } from '../../src/runners/agent-cli/gemini.ts'
import { describeRunner } from '../runners/conformance.ts'
import { useModels } from './models/server.ts'
import { cliUnderTest } from './under-test.ts'

const models = useModels()

// Each start of it takes seconds.
describeRunner('gemini', () => Promise.resolve(cliUnderTest(gemini, models)), { cutOffs: [0, 30, 300] })
