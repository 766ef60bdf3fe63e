import { randomBytes } from 'node:crypto'
import { resolve } from 'node:path'
import { type Command, InvalidArgumentError } from 'commander'
import { Fault } from '#core/errors.ts'
import type { FleetFigures } from '#lab/fleet/conduct.ts'
import manifest from '../../../package.json' with { type: 'json' }
import { examples, outputOf } from '../command.ts'

interface FleetFlags {
  readonly edges: number
  readonly sites: number
  readonly authority: string
  readonly manager?: string
  readonly domain: string
  readonly events: number
  readonly seconds?: number
  readonly storm: boolean
  readonly offline?: number
  readonly processes: number
}

const numberFrom = (least: number, most: number) => (text: string) => {
  const value = Number(text)
  if (!(value >= least && value <= most)) throw new InvalidArgumentError(`It takes a number from ${least} to ${most}.`)
  return value
}
const countTo = (most: number) => (text: string) => {
  const value = numberFrom(1, most)(text)
  if (!Number.isInteger(value)) throw new InvalidArgumentError('It takes a whole number.')
  return value
}

const rows = (figures: FleetFigures): readonly (readonly [string, string])[] => {
  const ms = (value: number | undefined): string => (value === undefined ? '–' : `${value.toFixed(1)} ms`)
  const { edges, welcome, eventsMade, acknowledged, eventsWaiting, refused, gaps, replayed } = figures
  return [
    ['edges welcome at the end', `${welcome} of ${edges}`],
    ['all welcome after', ms(figures.connectMs)],
    ...(figures.stormMs === undefined ? [] : [['after a storm', ms(figures.stormMs)] as const]),
    ...(figures.drainedMs === undefined ? [] : [['back and drained after', ms(figures.drainedMs)] as const]),
    ['events acknowledged', `${acknowledged} of ${eventsMade}, ${eventsWaiting} wait`],
    ['orders in force', `${figures.ordersInForce} times`],
    [
      'detected → in force',
      `p50 ${ms(figures.orderP50Ms)}, p99 ${ms(figures.orderP99Ms)}, most ${ms(figures.orderMaxMs)}`,
    ],
    ['not taken', `${refused} refused, ${replayed} older, ${gaps} after a gap`],
    [
      'signatures',
      `${figures.signaturesVerified} verified, ${figures.signaturesSeenBefore} seen before in this process`,
    ],
    ['lines that ended', String(figures.linesLost)],
  ]
}

const run = async (flags: FleetFlags, command: Command): Promise<void> => {
  const output = outputOf(command)
  const state = resolve(flags.authority)
  const { settle } = await import('#manager/privileges.ts')
  // The manager's database knows the owner of its state directory alone.
  settle(state)
  const { placeOf } = await import('#lab/fleet/line.ts')
  const { enlist } = await import('#lab/fleet/register.ts')
  const { runFleet } = await import('#lab/fleet/run.ts')
  const place = placeOf(flags.manager ?? `unix:${state}/link.sock`)
  if (flags.processes > flags.edges) throw new Fault('usage', 'There are more processes than edges.')
  const start = performance.now()
  const { edges: count, sites, domain } = flags
  const enlisted = await enlist(state, { count, sites, domain, url: process.env['DATABASE_URL'] })
  output.note(
    `${count} edges at ${sites} sites have keys and certificates after ${Math.round(performance.now() - start)} ms.`,
  )
  const stopping = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort())
  const figures = await runFleet({
    fleet: { ...enlisted, place, version: manifest.version, run: `sim-${randomBytes(6).toString('hex')}` },
    rate: flags.events,
    storm: flags.storm,
    ...(flags.seconds === undefined ? {} : { seconds: flags.seconds }),
    ...(flags.offline === undefined ? {} : { offline: flags.offline }),
    processes: flags.processes,
    stopped: stopping.signal,
    say: (text) => output.note(text),
  })
  output.result(figures, () =>
    output.table(rows(figures), [
      { title: 'WHAT', cell: ([what]) => what },
      { title: 'FIGURE', cell: ([, figure]) => figure },
    ]),
  )
}

export const registerFleet = (lab: Command): void => {
  const fleet = lab
    .command('fleet')
    .description('simulated edges that speak the real link to a manager; only for a manager that is there to be tried')
    .requiredOption('--edges <count>', 'how many', countTo(100_000))
    .requiredOption('--authority <directory>', 'state directory of the manager, whose owner enrols them')
    .option('--sites <count>', 'over how many sites', countTo(10_000), 10)
    .option('--manager <place>', 'where its link is: wss://HOST:PORT or unix:PATH (default: link.sock in --authority)')
    .option('--domain <name>', 'trust domain of the manager', 'bulkhead')
    .option('--events <rate>', 'events a second, over all of them', numberFrom(0, 100_000), 0)
    .option('--seconds <time>', 'how long (default: until Ctrl-C)', numberFrom(0, 1e7))
    .option('--storm', 'then cut all lines at once, and dial again at once', false)
    .option(
      '--offline <seconds>',
      'then be without a line for this long, and tell everything afterwards',
      numberFrom(0, 1e7),
    )
    .option('--processes <count>', 'over how many processes', countTo(64), 1)
    .action((flags: FleetFlags, command: Command) => run(flags, command))
  examples(
    fleet,
    [
      'bulkhead lab fleet --edges 1000 --authority /var/lib/bulkhead/manager --events 500',
      'a thousand edges with something to tell',
    ],
    [
      'bulkhead lab fleet --edges 10000 --authority ./state --seconds 10 --storm --json',
      'how long until all are back?',
    ],
  )
}
