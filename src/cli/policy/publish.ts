import { type Command, InvalidArgumentError } from 'commander'
import { exitCodes } from '#core/errors.ts'
import type { Rollout } from '#schema/manager-rollouts.ts'
import { examples, outputOf } from '../command.ts'
import { type ReachOptions, withManager } from '../manager/reach.ts'
import type { Output } from '../output.ts'
import { exitCodesText } from './arguments.ts'
import { type Asking, asking, segment } from './asking.ts'
import { rolloutText } from './rollout-text.ts'
import { seenOption, whole } from './seen.ts'

export interface PlanOptions {
  readonly stage?: readonly Stage[]
  readonly soak?: number
  readonly grace?: number
  readonly patience?: number
  readonly floor?: number
  readonly factor?: number
  readonly keep?: true
  readonly follow?: true
}
interface Stage {
  readonly edges: readonly string[]
  readonly soak?: number
}

/** `e1,e2` or `e1,e2:600`. */
const stageOf = (text: string, before: readonly Stage[] = []): readonly Stage[] => {
  const match = /^([a-z0-9][a-z0-9,-]*)(?::(\d{1,6}))?$/.exec(text)
  if (match?.[1] === undefined)
    throw new InvalidArgumentError('It takes edges with commas between them, and a soak in seconds: e1,e2:600.')
  return [...before, { edges: match[1].split(','), ...(match[2] === undefined ? {} : { soak: Number(match[2]) }) }]
}

/** @param soak seconds, as the manager has it where nothing is said; it adds the others, too (schema/manager-rollouts) */
export const withPlan = (command: Command, soak = 300): Command =>
  command
    .option('--stage <edges>', 'edges of the next stage, such as e1,e2 or e1,e2:600 with a soak of its own', stageOf)
    .option('--soak <seconds>', `how long an edge is watched before it is confirmed (default: ${soak})`, whole(0))
    .option(
      '--grace <seconds>',
      'how long after that it waits before it rolls back by itself (default: 120)',
      whole(10),
    )
    .option('--patience <seconds>', 'how long to wait for an edge that does not answer (default: 900)', whole(1))
    .option('--floor <packets>', 'denied packets that are no harm in any case (default: 50)', whole(0))
    .option('--factor <times>', 'how many times the expected denials are no harm (default: 3)', whole(1))
    .option('--keep', 'when it stops, leave confirmed edges as they are')
    .option('--follow', 'wait for its end')

export const planOf = ({ stage, soak, grace, patience, floor, factor, keep }: PlanOptions) => {
  const given = Object.entries({ stages: stage, soak, grace, patience, floor, factor }).filter(
    ([, value]) => value !== undefined,
  )
  return { ...Object.fromEntries(given), ...(keep === undefined ? {} : { rollback: 'by-hand' }) }
}

const pollMs = 1000

const show = (output: Output, rollout: Rollout): void => {
  output.result(rollout, () => rolloutText(output, rollout))
  if (rollout.state === 'stopped') process.exitCode = exitCodes.failed
}

/** Waits for the end, where that is asked for, and says what came of it. */
export const tellRollout = async (ask: Asking, begun: Rollout, follow: boolean, self: Command): Promise<void> => {
  const { Rollout: Answer } = await import('#schema/manager-rollouts.ts')
  const output = outputOf(self)
  let now = begun
  let told = ''
  if (!follow) return show(output, now)
  while (now.state === 'running') {
    const line = now.edges.map(({ edge, phase }) => `${edge} ${phase}`).join(', ')
    if (line !== told) output.note(line)
    told = line
    await new Promise((resolve) => setTimeout(resolve, pollMs))
    now = await ask('GET', `/v1/rollouts/${begun.id}`, Answer)
  }
  show(output, now)
}

export const registerPublish = (policy: Command): void => {
  const publish = withManager(withPlan(seenOption(policy.command('publish'))))
    .description('publish an approved draft, and roll it out in stages')
    .argument('<draft>', 'the draft')
    .action(async (id: string, options: ReachOptions & PlanOptions & { readonly seen: number }, self: Command) => {
      const { ask, schema } = await asking(options)
      const body = { revision: options.seen, plan: planOf(options) }
      const begun = await ask('POST', `/v1/drafts/${segment(id)}/publish`, schema.Rollout, body)
      await tellRollout(ask, begun, options.follow === true, self)
    })
  examples(
    publish,
    ['bulkhead policy publish 01KAJ3Q4V8ZZZZZZZZZZZZZZZZ --seen 2', 'one edge first, then the rest'],
    [
      'bulkhead policy publish 01KAJ3Q4V8ZZZZZZZZZZZZZZZZ --seen 2 --stage cell-1-edge:3600 --stage cell-2-edge,cell-3-edge --follow',
      'one edge for an hour, then two others',
    ],
  )
  exitCodesText(
    publish,
    [0, 'begun; with --follow: done'],
    [1, 'with --follow: it was stopped'],
    [7, 'something is missing'],
  )
}
