import type { Command } from 'commander'
import { examples, outputOf } from '../command.ts'
import { legible } from '#core/legible.ts'
import { type ReachOptions, withManager } from '../manager/reach.ts'
import { asking, segment } from './asking.ts'
import { planOf, type PlanOptions, tellRollout, withPlan } from './publish.ts'
import { whole } from './seen.ts'

interface RolloutOptions extends ReachOptions {
  readonly stop?: string
  readonly follow?: true
}

export const registerRollouts = (policy: Command): void => {
  const rollouts = withManager(policy.command('rollouts'))
    .description('roll-outs of policies, the newest first')
    .option('--site <site>', 'of this site alone')
    .action(async (options: ReachOptions & { readonly site?: string }, self: Command) => {
      const { ask, schema } = await asking(options)
      const query = options.site === undefined ? '' : `?site=${encodeURIComponent(options.site)}`
      const { rollouts: found } = await ask('GET', `/v1/rollouts${query}`, schema.Rollouts)
      const output = outputOf(self)
      output.result(found, () =>
        output.table(found, [
          { title: 'ROLL-OUT', cell: ({ id }) => id },
          { title: 'SITE', cell: ({ site }) => site },
          { title: 'REVISION', right: true, cell: ({ revision }) => revision },
          { title: 'STATE', cell: ({ state }) => state },
          {
            title: 'EDGES',
            right: true,
            cell: ({ edges }) => `${edges.filter(({ phase }) => phase === 'confirmed').length}/${edges.length}`,
          },
          { title: 'STARTED', cell: ({ started }) => started.slice(0, 19) },
          { title: 'BY', cell: ({ by }) => by },
          { title: 'WHY', cell: ({ why }) => (why === null ? '-' : legible(why)) },
        ]),
      )
    })
  examples(rollouts, ['bulkhead policy rollouts --site riverside', 'what became of them?'])

  const rollout = withManager(policy.command('rollout'))
    .description('where each edge is with a revision; or stop it')
    .argument('<rollout>', 'the roll-out')
    .option('--stop <reason>', 'stop it: edges that were not confirmed roll back by themselves')
    .option('--follow', 'wait for its end')
    .action(async (id: string, options: RolloutOptions, self: Command) => {
      const { ask, schema } = await asking(options)
      const path = `/v1/rollouts/${segment(id)}`
      if (options.stop !== undefined) await ask('POST', `${path}/stop`, schema.Rollout, { reason: options.stop })
      await tellRollout(ask, await ask('GET', path, schema.Rollout), options.follow === true, self)
    })
  examples(
    rollout,
    ['bulkhead policy rollout 01KAJ3Q4V8ZZZZZZZZZZZZZZZZ --follow', 'watch it'],
    ['bulkhead policy rollout 01KAJ3Q4V8ZZZZZZZZZZZZZZZZ --stop "line 2 stands still"', 'no further'],
  )

  const rollback = withManager(withPlan(policy.command('rollback'), 60))
    .description('bring an earlier policy of a site back, under a new number')
    .argument('<site>', 'the site')
    .requiredOption('--reason <text>', 'why')
    .option('--to <revision>', 'whose text comes back; the one before when absent', whole(1))
    .action(
      async (
        site: string,
        options: ReachOptions & PlanOptions & { readonly reason: string; readonly to?: number },
        self: Command,
      ) => {
        const { ask, schema } = await asking(options)
        const path = `/v1/policies/${segment(site)}`
        const { newest } = await ask('GET', path, schema.PolicySite)
        const plan = planOf(options)
        const begun = await ask('POST', `${path}/rollback`, schema.Rollout, {
          newest,
          reason: options.reason,
          ...(options.to === undefined ? {} : { to: options.to }),
          ...(Object.keys(plan).length === 0 ? {} : { plan }),
        })
        await tellRollout(ask, begun, options.follow === true, self)
      },
    )
  examples(
    rollback,
    ['bulkhead policy rollback riverside --reason "line 2 stands still"', 'the one before, at every edge at once'],
    ['bulkhead policy rollback riverside --to 7 --reason "as in spring" --follow', 'a certain one'],
  )
}
