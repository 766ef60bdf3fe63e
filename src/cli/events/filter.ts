/** What events are asked for, as options and as the words of the API. */
import type { Command } from 'commander'
import { classes } from '../kinds.ts'
import { momentText } from '../moment.ts'
import type { ReachOptions } from '../manager/reach.ts'

export interface FilterOptions extends ReachOptions {
  readonly since?: string
  readonly until?: string
  readonly site?: string
  readonly edge?: string
  readonly class?: string
  readonly kind?: string
  readonly source?: string
  readonly destination?: string
  readonly asset?: string
  readonly conduit?: string
  readonly reason?: string
  readonly text?: string
  readonly broken?: true
}

/** What is asked for, as it was said, when it is right. */
const checked = (read: (text: string) => unknown) => (text: string) => {
  read(text)
  return text
}

export const withTimes = (command: Command): Command =>
  command
    .option('--since <time>', 'from then on: a time such as 2026-11-21T08:00, or how long ago, such as 10m', momentText)
    .option('--until <time>', 'before then', momentText)

export const withFilter = (command: Command): Command =>
  command
    .option('--site <name>', 'of this site')
    .option('--edge <name>', 'of edges of this name')
    .option('--class <classes>', 'of these classes, with commas, such as P0,P1', checked(classes))
    .option('--kind <kinds>', 'of these kinds, with commas')
    .option('--source <source>', 'from this address or network')
    .option('--destination <destination>', 'to this address or network')
    .option('--asset <name>', 'from or to this asset')
    .option('--conduit <id>', 'of this conduit')
    .option('--reason <reason>', 'for this reason')
    .option('--text <text>', 'with this text anywhere')
    .option('--broken', 'only what does not fit into the chain of its edge')

export const words = (options: FilterOptions, more: Readonly<Record<string, string>> = {}): string => {
  const { since, until, site, edge, kind, source, destination, asset, conduit, reason, text, broken } = options
  const given: Readonly<Record<string, string | undefined>> = {
    from: since,
    to: until,
    site,
    edge,
    class: options.class,
    kind,
    source,
    destination,
    asset,
    conduit,
    reason,
    text,
    intact: broken === true ? 'no' : undefined,
    ...more,
  }
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(given)) if (value !== undefined) query.set(name, value)
  return query.toString()
}
