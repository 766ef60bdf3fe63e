import type { Command } from 'commander'
import type { EdgeDetail } from '#schema/manager-fleet.ts'
import { examples, outputOf } from '../command.ts'
import { asker, type ReachOptions, withManager } from '../manager/reach.ts'
import { findEdge } from './find.ts'
import { linkText, policyText } from './list.ts'

const lines = (edge: EdgeDetail): string =>
  [
    `${edge.site}/${edge.name}: ${linkText(edge)}`,
    `enforced ${edge.enforced} / ${edge.desired}`,
    ...edge.streams.map(
      ({ stream, revision, newest, enforced, desired, matches }) =>
        `  ${stream}: ${enforced} / ${desired}, revision ${revision} of ${newest}${matches ? '' : ', DIFFERS'}`,
    ),
    `policy: ${policyText(edge)}`,
    `status: ${edge.status ?? 'unknown'}`,
    ...edge.alarms.map((text) => `alarm: ${text}`),
    `events that wait there: ${edge.waiting ?? 'unknown'}`,
    `version: ${edge.version ?? 'unknown'}`,
    `certificate until: ${edge.certificate ?? 'none'}`,
    `told last: ${edge.digestAt ?? 'never'}`,
  ].join('\n')

export const registerShow = (edges: Command): void => {
  const show = withManager(edges.command('show'))
    .description('one edge, and how much of what it should enforce its kernel has')
    .argument('<site>', 'its site')
    .argument('<edge>', 'its name')
    .action(async (site: string, name: string, options: ReachOptions, command: Command) => {
      const { EdgeDetail } = await import('#schema/manager-fleet.ts')
      const ask = await asker(options)
      const { id } = await findEdge(ask, site, name)
      const edge = await ask({ path: `/v1/edges/${id}`, answer: EdgeDetail })
      outputOf(command).result(edge, () => lines(edge))
    })
  examples(show, ['bulkhead edges show dairy edge-1', 'does it enforce everything that it should?'])
}
