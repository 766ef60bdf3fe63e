/** A roll-out for a person. */
import type { Rollout } from '#schema/manager-rollouts.ts'
import { legible } from '#core/legible.ts'
import { count, type Output } from '../output.ts'

const tones = { running: 'yellow', done: 'green', stopped: 'red' } as const

export const rolloutText = (output: Output, rollout: Rollout): string =>
  [
    `${output.paint('bold', `${rollout.site} revision ${rollout.revision}`)}: ${output.paint(tones[rollout.state], rollout.state)}` +
      (rollout.state === 'running' ? `, stage ${rollout.stage + 1} of ${rollout.stages.length}` : ''),
    `roll-out ${rollout.id}, by ${legible(rollout.by)} at ${rollout.started.slice(0, 19)}`,
    ...(rollout.why === null ? [] : [output.paint('red', legible(rollout.why))]),
    '',
    output.table(
      rollout.edges,
      [
        { title: 'EDGE', cell: ({ edge }) => edge },
        { title: 'STAGE', right: true, cell: ({ stage }) => stage + 1 },
        { title: 'STATE', cell: ({ phase }) => phase },
        { title: 'SINCE', cell: ({ since }) => since.slice(0, 19) },
        { title: 'DENIED', right: true, cell: ({ denied }) => count(denied) },
        { title: 'LIMIT', right: true, cell: ({ limit }) => count(limit) },
        { title: 'HARM', cell: ({ harm }) => (harm === null ? '-' : legible(harm)) },
      ],
      'No edge can take it yet: those that are enrolled later get it.',
    ),
  ].join('\n')
