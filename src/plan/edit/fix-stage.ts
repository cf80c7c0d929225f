import type { NewBatch, NewStage } from './markdown.ts'

const steps = ['Analyze root cause', 'Implement fix', 'Verify fix']

/** The stage that `work add-stage` adds to fix stage `of` (`02`). */
export function fixStage(of: string, name: string, description: string): NewStage {
  const why = description === '' ? 'Fixes and improvements based on evaluation.' : description
  return {
    name: `Fix - ${name}`,
    definition: `Addressing issues found in Stage ${of}.\n${why}`,
    constitution: '',
    questions: [],
    batches: [
      {
        name: 'Fixes',
        summary: '',
        threads: [
          {
            name: 'Implementation',
            summary: `Apply fixes.${description === '' ? '' : `\n${description}`}`,
            steps,
          },
        ],
      },
    ],
  }
}

/** The batch that `work add-stage --batch` adds to stage `of` (`02`). */
export function fixBatch(of: string, name: string, description: string): NewBatch {
  const why = description === '' ? 'Fixes and improvements.' : description
  const summary = `Addressing issues in Stage ${of}.\n${why}`
  return { name: `Fix - ${name}`, summary: '', threads: [{ name: 'Fix Implementation', summary, steps }] }
}

/** The stage that `work revision` adds. Its questions must be answered before it can be approved. */
export function revisionStage(name: string, description: string): NewStage {
  const why = description === '' ? `Revise what was done: ${name}.` : description
  return {
    name: `Revision - ${name}`,
    definition: why,
    constitution: [
      '**Inputs:**\n- The results of the previous stages',
      '**Outputs:**\n- What this stage defines',
    ].join('\n\n'),
    questions: [
      'What does this revision have to change, and what must stay as it is?',
      'How can it be checked that this is done?',
    ],
    batches: [{ name, summary: '', threads: [{ name: 'Implementation', summary: why, steps: [] }] }],
  }
}
