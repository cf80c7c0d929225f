import { describe, expect, it } from 'vitest'
import { handOver } from '../../src/engine/hand-over.ts'
import type { ThreadView } from '../../src/engine/thread-actor.ts'
import type { Selection } from '../../src/threads/selection.ts'

const all: Selection = { type: 'continue', without: ['01.01.09'] }

describe('handing a run over', () => {
  it('keeps the request, and names the threads that ended without completing', () => {
    const request = { selection: all, parallel: 3, note: 'Mind the gap.' }
    const views = [
      view('01.01.01', 'running'),
      view('01.01.02', 'completed'),
      view('01.01.03', 'failed'),
      view('01.01.04', 'interrupted'),
    ]
    expect(handOver(request, views, ['01.01.05'])).toEqual({
      ...request,
      ended: [
        { id: '01.01.03', status: 'failed' },
        { id: '01.01.04', status: 'interrupted' },
        { id: '01.01.05', status: 'interrupted' },
      ],
    })
  })

  it('keeps what an earlier hand-over named, and each thread once', () => {
    const ended = [
      { id: '01.01.01', status: 'failed' },
      { id: '01.01.02', status: 'failed' },
    ] as const
    const request = { selection: all, parallel: undefined, ended }
    expect(handOver(request, [view('01.01.01', 'failed')]).ended).toEqual([ended[1], ended[0]])
  })

  it('watches a named thread that runs, leaves one that is done, and starts one that has not started', () => {
    const selection: Selection = {
      type: 'threads',
      threads: ['01', '02', '03', '04'].map((number) => ({
        id: `01.01.${number}`,
        action: 'retry',
        agent: 'writer',
        force: true,
      })),
    }
    const views = [view('01.01.01', 'running'), view('01.01.02', 'completed'), view('01.01.03', 'failed')]
    expect(handOver({ selection, parallel: 1 }, views).selection).toEqual({
      type: 'threads',
      threads: [
        { id: '01.01.01', action: 'go-on', force: false },
        { id: '01.01.03', action: 'go-on', force: true },
        { id: '01.01.04', action: 'retry', agent: 'writer', force: true },
      ],
    })
  })
})

function view(id: string, status: ThreadView['status']): ThreadView {
  return { id, status, session: undefined, isEnding: false }
}
