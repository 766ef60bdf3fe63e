import type { Command } from 'commander'
import type * as z from 'zod'
import { examples, outputOf, type Register } from './command.ts'
import { withTimes, words } from './events/filter.ts'
import { groups } from './groups.ts'
import { asker, type ReachOptions, withManager } from './manager/reach.ts'

interface Options extends ReachOptions {
  readonly since?: string
  readonly until?: string
  readonly site?: string
  readonly edge?: string
}

const asked = async <T>(options: Options, name: string, answer: z.ZodType<T>): Promise<T> => {
  const ask = await asker(options)
  return ask({ path: `/v1/reports/${name}?${words(options)}`, answer })
}
const schema = () => import('#schema/manager-events.ts')
const report = (reports: Command, name: string, description: string): Command =>
  withTimes(withManager(reports.command(name)))
    .description(description)
    .option('--site <name>', 'of this site')
    .option('--edge <name>', 'of edges of this name')

const number = (value: number): string => value.toLocaleString('en')
const bytes = (value: number): string => {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']
  const at = value < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(value) / 3))
  return `${(value / 1000 ** at).toFixed(at === 0 ? 0 : 1)} ${units[at]}`
}
const span = ({ from, to }: { readonly from: string; readonly to: string }): string =>
  `${from.slice(0, 16).replace('T', ' ')} to ${to.slice(0, 16).replace('T', ' ')} UTC`

const registerNoise = (reports: Command): void => {
  const noise = report(reports, 'noise', 'how many packets became how many events and alerts, and what that saved')
  noise.action(async (options: Options, command: Command) => {
    const found = await asked(options, 'noise', (await schema()).NoiseReport)
    const output = outputOf(command)
    const { total } = found
    output.result(
      found,
      () =>
        `${span(found)}: ${number(total.packets)} packets, told in ${number(total.events)} events, ${number(total.alerts)} alerts; ${bytes(total.storedBytes)} instead of ${bytes(total.rawBytes)}.\n${output.table(
          found.kinds,
          [
            { title: 'KIND', cell: ({ kind }) => kind },
            { title: 'PACKETS', cell: ({ packets }) => number(packets), right: true },
            { title: 'EVENTS', cell: ({ events }) => number(events), right: true },
            { title: 'ALERTS', cell: ({ alerts }) => number(alerts), right: true },
            { title: 'EACH BY ITSELF', cell: ({ rawBytes }) => bytes(rawBytes), right: true },
            { title: 'STORED', cell: ({ storedBytes }) => bytes(storedBytes), right: true },
          ],
        )}`,
    )
  })
  examples(noise, ['bulkhead reports noise --since 30d', 'is anybody flooded?'])
}

const registerLoad = (reports: Command): void => {
  const load = report(reports, 'firewall-load', 'packets and bytes that conduits and edges carried')
  load.action(async (options: Options, command: Command) => {
    const found = await asked(options, 'firewall-load', (await schema()).FirewallLoad)
    const output = outputOf(command)
    const edges = output.table(found.edges, [
      { title: 'EDGE', cell: ({ site, edge }) => `${site}/${edge}` },
      { title: 'PACKETS', cell: ({ packets }) => number(packets), right: true },
      { title: 'BYTES', cell: (one) => bytes(one.bytes), right: true },
      { title: 'BUSIEST HOUR', cell: (one) => `${number(Math.round(one.peakPacketsPerSecond))}/s`, right: true },
    ])
    const conduits = output.table(found.conduits, [
      { title: 'CONDUIT', cell: ({ conduit }) => conduit },
      { title: 'EDGE', cell: ({ site, edge }) => `${site}/${edge}` },
      { title: 'PACKETS', cell: ({ packets }) => number(packets), right: true },
      { title: 'BYTES', cell: (one) => bytes(one.bytes), right: true },
    ])
    output.result(found, () => `${span(found)}\n${edges}\n\n${conduits}`)
  })
  examples(load, ['bulkhead reports firewall-load --site north --since 7d', 'what carries most?'])
}

const registerConduits = (reports: Command): void => {
  const conduits = report(reports, 'conduits', 'of each conduit: hours enforced, denials, and those judged false')
  conduits.action(async (options: Options, command: Command) => {
    const found = await asked(options, 'conduits', (await schema()).ConduitLedger)
    const output = outputOf(command)
    const table = output.table(found.conduits, [
      { title: 'CONDUIT', cell: ({ conduit }) => conduit },
      { title: 'SITE', cell: ({ site }) => site },
      { title: 'ENFORCED', cell: (one) => `${one.hoursEnforced.toFixed(1)} h`, right: true },
      { title: 'WATCHED', cell: (one) => `${one.hoursWatched.toFixed(1)} h`, right: true },
      { title: 'DENIED', cell: ({ denials }) => number(denials), right: true },
      { title: 'IN EVENTS', cell: ({ denialEvents }) => number(denialEvents), right: true },
      { title: 'JUDGED FALSE', cell: ({ falseEvents }) => number(falseEvents), right: true },
    ])
    output.result(found, () => `${span(found)}\n${table}`)
  })
  examples(conduits, ['bulkhead reports conduits --since 30d', 'may this conduit be enforced?'])
}

export const register: Register = (program) => {
  const reports = program.command('reports').description(groups.reports.summary)
  examples(reports, ['bulkhead reports noise --since 30d', 'is anybody flooded?'])
  registerNoise(reports)
  registerLoad(reports)
  registerConduits(reports)
}
