/** A plan text: stages of batches of threads, each thread a list of steps. Names contain their numbers. */
export function planText(stages: string[][][][], { questions = '' } = {}): string {
  return [
    '# Plan: Demo',
    '## Summary',
    'Shows how it goes.',
    '## Stages',
    ...stages.flatMap((batches, stage) => [
      `### Stage ${padded(stage)}: Stage ${padded(stage)}`,
      '#### Definition',
      'What it is about.',
      ...(questions === '' ? [] : ['#### Questions', questions]),
      '#### Batches',
      ...batches.flatMap((threads, batch) => [
        `##### Batch ${padded(batch)}: Batch ${padded(batch)}`,
        ...threads.flatMap((steps, thread) => [
          `###### Thread ${padded(thread)}: Thread ${padded(thread)}`,
          '**Summary:**\nDo it.',
          `**Details:**\n${steps.map((step) => `- [ ] ${step}`).join('\n')}`,
        ]),
      ]),
    ]),
  ].join('\n\n')
}

/** A plan with one stage and one batch of so many threads, each with one step. */
export function batchOf(threads: number): string {
  return planText([[Array.from({ length: threads }, (_, index) => [`Step of thread ${index + 1}`])]])
}

function padded(index: number): string {
  return String(index + 1).padStart(2, '0')
}
