import type { Command } from 'commander'
import { Fault } from '#core/errors.ts'
import { coverageOf, together, type Ground } from '#policy/decoys/coverage.ts'
import { nearest } from '#policy/suggest.ts'
import type { DecoyList, DecoyRow } from '#schema/decoys-control.ts'
import { examples, outputOf } from '../command.ts'
import { count, plural, type Output } from '../output.ts'
import { withTarget } from '../edge/connection.ts'
import { legible } from '#core/legible.ts'
import { ago, clock, left } from '../edge/time.ts'
import { ask } from './connection.ts'
import { adviceOf, figuresText, type Figures } from './figures.ts'
import { sessionsText } from './sessions.ts'

/** Rows of a long list. */
const shortRows = 40
const megabyte = 1_000_000

const figuresOf = ({ pools, decoys }: DecoyList): Figures[] => {
  const grounds = pools.map(({ id, approved, real }): Ground & { id: string } => ({
    id,
    approved,
    real,
    decoys: decoys.flatMap(({ pool, state, address }) => (pool === id && state === 'standing' ? [address] : [])),
  }))
  return [
    ...grounds.map((ground) => ({ name: legible(ground.id), coverage: coverageOf(ground) })),
    ...(grounds.length > 1 ? [{ name: 'all', coverage: coverageOf(together(grounds)) }] : []),
  ]
}

const stateText = ({ state, until }: DecoyRow, now: number): string =>
  state === 'standing' ? 'stands' : `withdrawn${until === undefined ? '' : `, ${left(until, now)}`}`

const hostText = ({ host }: DecoyList): string => {
  const { state, pid, memory, connections, refused, faults, restarts } = host
  const process = `decoy host ${state}${pid === undefined ? '' : ` (pid ${pid}, ${Math.round(memory / megabyte)} MB)`}`
  return `${process}, ${plural(connections, 'connection')}, ${count(refused)} refused, ${plural(faults, 'fault')}, ${plural(restarts, 'restart')}`
}

export const listText = (output: Output, list: DecoyList, now: number, rows: number): string => {
  const figures = figuresOf(list)
  // Who was touched last is what a person looks for; the others stand in the order of the edge.
  const sorted = list.decoys.toSorted((a, b) => (b.lastContact ?? '').localeCompare(a.lastContact ?? ''))
  const table = output.table(
    sorted.slice(0, rows),
    [
      { title: 'address', cell: ({ address }) => address },
      { title: 'name', cell: ({ name }) => name },
      { title: 'persona', cell: ({ persona }) => persona },
      { title: 'Ethernet address', cell: ({ mac }) => mac },
      {
        title: 'state',
        cell: (row) => stateText(row, now),
        style: ({ state }) => (state === 'withdrawn' ? 'yellow' : undefined),
      },
      { title: 'contacts', right: true, cell: ({ contacts }) => count(contacts) },
      { title: 'exchanges', right: true, cell: ({ exchanges }) => count(exchanges) },
      { title: 'last contact', cell: ({ lastContact }) => ago(lastContact, now) },
    ],
    'no decoys',
  )
  const next =
    list.nextShuffle === undefined ? '' : `, next movement in ${left(list.nextShuffle, now).replace(/ left$/, '')}`
  const moved = list.lastShuffle === undefined ? 'never moved' : `moved ${ago(list.lastShuffle, now)}`
  const standing = list.decoys.filter(({ state }) => state === 'standing').length
  return [
    `${plural(standing, 'decoy')} on edge ${legible(list.edge)}, ${list.decoys.length - standing} withdrawn; epoch ${list.epoch}, ${moved}${next}`,
    ...(list.listening === undefined
      ? []
      : [
          `${plural(list.listening.addresses, 'address', 'addresses')} of the pools listened to before a decoy comes there (listen-for): ${left(list.listening.until, now)}`,
        ]),
    list.host.state === 'running' ? hostText(list) : output.paint('red', hostText(list)),
    '',
    table,
    ...(sorted.length > rows ? [`and ${sorted.length - rows} more: --all`] : []),
    '',
    figuresText(output, figures),
    ...adviceOf(figures).map((text) => `  ${text}`),
  ].join('\n')
}

export const showText = (row: DecoyRow, now: number): string =>
  [
    ['address', row.address],
    ['name', row.name],
    ['persona', row.persona],
    ['serial', row.serial],
    ['Ethernet address', `${row.mac} (station ${row.station})`],
    ['pool', row.pool],
    ['state', `${stateText(row, now)} since ${clock(row.since, now)}`],
    ['contacts', `${count(row.contacts)}, ${plural(row.exchanges, 'exchange')}, last ${ago(row.lastContact, now)}`],
  ]
    .map(([title = '', text = '']) => `${title.padEnd(18)}${legible(text)}`)
    .join('\n')

export const registerList = (decoys: Command): void => {
  const list = withTarget(decoys.command('list'))
    .description('show the decoys of a running edge, who touched them, and what they are worth against a scan')
    .option('--all', 'every decoy')
    .action(async (options: { all?: true }, command: Command) => {
      const output = outputOf(command)
      const answer = await ask(command, 'decoys', {})
      output.result(answer, () => listText(output, answer, Date.now(), options.all === true ? Infinity : shortRows))
    })
  examples(
    list,
    ['bulkhead decoys list', 'which decoys stand, and which were touched?'],
    ['bulkhead decoys list --json | jq -r ".decoys[].address"', 'their addresses, for an asset scanner to leave out'],
  )

  const show = withTarget(decoys.command('show'))
    .description('show one decoy, and the conversations it had')
    .argument('<decoy>', 'its address or name')
    .action(async (wanted: string, _options: unknown, command: Command) => {
      const output = outputOf(command)
      const { decoys: rows } = await ask(command, 'decoys', {})
      const row = rows.find(({ address, name }) => address === wanted || name.toLowerCase() === wanted.toLowerCase())
      if (row === undefined) {
        const near = nearest(
          wanted,
          rows.flatMap(({ address, name }) => [address, name]),
        )
        throw new Fault(
          'not-found',
          `There is no decoy ${legible(wanted)}${near === undefined ? '' : `; did you mean ${legible(near)}?`}`,
          {
            advice: 'bulkhead decoys list shows all.',
          },
        )
      }
      const sessions = await ask(command, 'decoys-sessions', { decoy: row.address })
      output.result(
        { ...row, sessions },
        () => `${showText(row, Date.now())}\n\n${sessionsText(output, sessions, Date.now())}`,
      )
    })
  examples(show, ['bulkhead decoys show 198.18.1.40', 'who was at this decoy, and what does it claim to be?'])
}
