import type { Command } from 'commander'
import type { EdgeView } from '#schema/manager-fleet.ts'
import { examples, outputOf } from '../command.ts'
import { type Asker, asker, type ReachOptions, withManager } from '../manager/reach.ts'

interface ListOptions extends ReachOptions {
  readonly site?: string
}

const page = 1000

const allEdges = async (ask: Asker, site: string | undefined): Promise<EdgeView[]> => {
  const { Edges } = await import('#schema/manager-fleet.ts')
  const found: EdgeView[] = []
  for (let after = 0; ;) {
    const query = new URLSearchParams({ after: String(after), ...(site === undefined ? {} : { site }) })
    const { edges } = await ask({ path: `/v1/edges?${query.toString()}`, answer: Edges })
    found.push(...edges)
    if (edges.length < page) return found
    after = edges.at(-1)?.id ?? 0
  }
}

export const linkText = ({ state, connected, seen }: EdgeView): string =>
  state !== 'enrolled' ? state : connected !== null ? 'connected' : seen === null ? 'never seen' : `away, seen ${seen}`

export const policyText = ({ policy }: EdgeView): string =>
  policy === null || policy.revision === 0
    ? '-'
    : `${policy.revision} ${policy.state}${policy.intact ? '' : ', ALTERED'}`

export const registerList = (edges: Command): void => {
  const list = withManager(edges.command('list'))
    .description('all edges: connected or not, and what they enforce')
    .option('--site <site>', 'of this site alone')
    .action(async (options: ListOptions, command: Command) => {
      const found = await allEdges(await asker(options), options.site)
      const output = outputOf(command)
      output.result(found, () =>
        output.table(
          found,
          [
            { title: 'SITE', cell: (edge) => edge.site },
            { title: 'EDGE', cell: (edge) => edge.name },
            { title: 'LINK', cell: linkText },
            { title: 'STATUS', cell: (edge) => edge.status ?? '-' },
            { title: 'POLICY', cell: policyText },
            { title: 'WAITING', cell: (edge) => edge.waiting ?? '-', right: true },
            { title: 'VERSION', cell: (edge) => edge.version ?? '-' },
          ],
          'There is no edge yet. `bulkhead edges add SITE EDGE` makes the first.',
        ),
      )
    })
  examples(
    list,
    ['bulkhead edges list', 'who is connected, and enforcing?'],
    ['bulkhead edges list --site dairy', 'of one site'],
  )
}
