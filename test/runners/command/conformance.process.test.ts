import { commandProgram, runner } from '../../../src/runners/command/index.ts'
import { useBundles } from '../../helpers/bundle.ts'
import { describeRunner } from '../conformance.ts'
import { recordedUnderTest } from '../recorded.ts'

const bundled = useBundles('src/runners/recorded/recorder.ts')

describeRunner('command', () =>
  Promise.resolve(
    recordedUnderTest(runner, commandProgram, bundled('recorder'), (words) => ({
      name: 'tester',
      options: {
        command: [process.execPath, ...words],
        resume_command: [process.execPath, ...words],
      },
    })),
  ),
)
