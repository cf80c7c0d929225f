import { describe, expect, it } from 'vitest'
import { mostRepairs } from '../../machines/draft-context.ts'
import { draftMachine } from '../../machines/draft.ts'
import { givenTo, order, play, type Script } from './scripted.ts'
import {
  back,
  broken,
  busy,
  cancel,
  chosen,
  given,
  goal,
  sentence,
  sound,
  standing,
  unclear,
} from './draft-chart.ts'

const empty = standing('empty')
const open = standing('open')
const answered = standing('answered')

describe('a goal', () => {
  it('becomes an approved plan', async () => {
    const played = await play(draftMachine, given({ request: goal }), {
      look: [empty, open, answered],
      keepRequest: [undefined],
      draft: ['completed'],
      check: [sound],
      askReview: [chosen('approve')],
      approve: ['approved'],
    })
    expect(order(played)).toBe('look keepRequest look draft look check askReview approve')
    expect(givenTo(played, 'keepRequest')).toEqual(goal)
    expect(played.output).toEqual({ end: 'approved', check: sound, error: null })
  })

  it('is asked for where none is given', async () => {
    const played = await play(draftMachine, given(), {
      look: [empty, open],
      askRequest: [chosen(goal)],
      keepRequest: [undefined],
      draft: ['interrupted'],
    })
    expect(givenTo(played, 'askRequest')).toEqual(empty)
    expect(givenTo(played, 'keepRequest')).toEqual(goal)
    expect(played.output).toMatchObject({ end: 'interrupted' })
  })

  it('that nobody can be asked for ends the flow', async () => {
    const played = await play(draftMachine, given({ canAsk: false }), { look: [standing('settled')] })
    expect(played.output).toMatchObject({ end: 'nothing' })
  })
})

describe('after a crash', () => {
  it.each<[string, Script, string]>([
    [
      'before the agent began',
      { look: [open, answered], draft: ['completed'] },
      'look draft look check askReview',
    ],
    ['after it ended', { look: [answered] }, 'look check askReview'],
  ])('%s, it continues there', async (_, script, way) => {
    const played = await play(draftMachine, given(), { ...script, check: [sound], askReview: [cancel] })
    expect(order(played)).toBe(way)
    expect(played.output).toMatchObject({ end: 'cancelled' })
  })
})

describe('a draft with problems', () => {
  it('is repaired by the same session', async () => {
    const played = await play(draftMachine, given({ canAsk: false }), {
      look: [answered, open, standing('answered', { repairs: 1 })],
      check: [broken, sound],
      keepRequest: [undefined],
      draft: ['completed'],
      leave: [undefined],
    })
    expect(givenTo(played, 'keepRequest')).toEqual({ kind: 'repair', problems: broken.problems })
    expect(played.output).toMatchObject({ end: 'left' })
  })

  it('is not repaired more often than that', async () => {
    const played = await play(draftMachine, given({ canAsk: false, isConfirmed: true }), {
      look: [standing('answered', { repairs: mostRepairs })],
      check: [broken],
      keepProblems: [undefined],
    })
    expect(givenTo(played, 'keepProblems')).toEqual(broken)
    expect(played.output).toMatchObject({ end: 'invalid', check: broken })
  })

  it('that the user made is never sent to the agent unasked', async () => {
    const played = await play(draftMachine, given(), {
      look: [standing('answered', { isByHand: true })],
      check: [broken],
      askInvalid: [back],
    })
    expect(order(played)).toBe('look check askInvalid')
    expect(played.output).toMatchObject({ end: 'invalid' })
  })
})

describe('flags', () => {
  it('approve a valid draft without open questions, and ask nothing', async () => {
    const played = await play(draftMachine, given({ canAsk: false, isConfirmed: true }), {
      look: [answered],
      check: [sound],
      approve: ['approved'],
    })
    expect(played.output).toMatchObject({ end: 'approved' })
  })

  it('approve no draft with open questions', async () => {
    const played = await play(draftMachine, given({ canAsk: false, isConfirmed: true }), {
      look: [answered],
      check: [unclear],
      leave: [undefined],
    })
    expect(played.output).toMatchObject({ end: 'questions', check: unclear })
  })

  it('start an agent again that has failed, once', async () => {
    const failed = standing('failed')
    const played = await play(draftMachine, given({ canAsk: false, retries: true }), {
      look: [failed],
      draft: ['failed'],
    })
    expect(order(played)).toBe('look draft')
    expect(played.output).toMatchObject({ end: 'stopped' })
    const still = await play(draftMachine, given({ canAsk: false }), { look: [failed] })
    expect(still.output).toMatchObject({ end: 'stopped' })
  })
})

describe('a review', () => {
  const begin = { look: [answered], check: [sound] }

  it('takes answers to questions before it is shown again', async () => {
    const played = await play(draftMachine, given(), {
      look: [answered],
      check: [unclear, sound],
      askReview: [chosen('answer'), chosen('approve')],
      answerQuestions: [undefined],
      approve: ['approved'],
    })
    expect(order(played)).toBe('look check askReview answerQuestions check askReview approve')
  })

  it('takes a sentence, which the session gets', async () => {
    const played = await play(draftMachine, given(), {
      look: [answered, open, answered],
      check: [sound, sound],
      askReview: [chosen('revise'), chosen('leave')],
      askRequest: [chosen(sentence)],
      keepRequest: [undefined],
      draft: ['completed'],
      leave: [undefined],
    })
    expect(givenTo(played, 'keepRequest')).toEqual(sentence)
    expect(played.output).toMatchObject({ end: 'left' })
  })

  it('comes back from a sentence that is not written', async () => {
    const played = await play(draftMachine, given(), {
      look: [answered],
      check: [sound, sound],
      askReview: [chosen('revise'), cancel],
      askRequest: [back],
    })
    expect(order(played)).toBe('look check askReview askRequest check askReview')
  })

  it('records that the user edits before the editor opens', async () => {
    const played = await play(draftMachine, given(), {
      look: [answered, standing('answered', { isByHand: true })],
      check: [sound, sound],
      askReview: [chosen('edit'), cancel],
      keepRequest: [undefined],
      edit: [undefined],
    })
    expect(order(played)).toBe('look check askReview keepRequest edit look check askReview')
    expect(givenTo(played, 'keepRequest')).toEqual({ kind: 'edit' })
  })

  it('is shown again when the approval is taken back', async () => {
    const played = await play(draftMachine, given(), {
      look: [answered, answered],
      check: [sound, sound],
      askReview: [chosen('approve'), cancel],
      approve: ['back'],
    })
    expect(played.output).toMatchObject({ end: 'cancelled' })
  })

  it.each(['check', 'askReview', 'approve'])('ends with what %s throws', async (actor) => {
    const script: Script = {
      ...begin,
      askReview: [chosen('approve')],
      approve: ['approved'],
      [actor]: [busy],
    }
    const used = ['look', 'check', 'askReview', 'approve'].slice(
      0,
      ['look', 'check', 'askReview', 'approve'].indexOf(actor) + 1,
    )
    const played = await play(
      draftMachine,
      given(),
      Object.fromEntries(used.map((name) => [name, script[name] ?? []])),
    )
    expect(played.output).toMatchObject({ end: 'failed', error: busy })
  })
})
