/**
 * A plan that shows what a plan can have. docs/plan.md, the skill for planning and the prompt of a planning agent show it; a
 * test keeps them the same.
 */
export const planExample = `# Plan: Parcel Tracker

## Summary

Customers can see where their parcel is without calling us.

## References

- \`docs/carriers.md\` - what each carrier answers

## Stages

### Stage 01: Foundation

#### Stage Definition

Parcels are stored and kept up to date.

#### Stage Constitution

**Inputs:**

- \`docs/carriers.md\`

**Outputs:**

- A table of parcels that is at most an hour old

#### Stage Questions

- [x] Which database? SQLite, as everywhere else.

#### Stage Batches

##### Batch 01: Storage

Everything else builds on this.

###### Thread 01: Schema

**Summary:**
Create the tables for parcels and their positions.

**Details:**

- Working package: \`./packages/db\`
- [ ] Write the migration
- [ ] Test it on a copy of the live data

##### Batch 02: Carriers

###### Thread 01: Post

**Summary:**
Ask the post once an hour.

**Details:**
Its answers look like this:

\`\`\`json
{ "parcel": "X1", "at": "Bern" }
\`\`\`

1. Read the answer
2. Store the position

###### Thread 02: Courier

**Summary:** Ask the courier once an hour, as described in \`docs/carriers.md\`.
`

/** What has to be right in a plan, as a Markdown list; in the same places. */
export const planRules = `- Heading levels and the words \`Stage 01:\`, \`Batch 01:\`, \`Thread 01:\` are fixed. Numbers make ids: the second thread of batch 01 of
  stage 03 is \`03.01.02\`. They are unique among siblings and ascend.
- Every stage has a batch, every batch a thread. \`# Plan:\`, \`## Summary\` and \`## Stages\` are required.
- A thread's tasks are its checkboxes; otherwise the items of its numbered list; otherwise its summary, as one task.
- Write questions under \`#### Stage Questions\` as \`- [ ] …?\`. A question blocks approval until its answer is written after it and the box is
  ticked. Ask what only the user can decide, and do not answer it yourself.
- Text in code fences is never read as a heading. Do not indent headings.
`
