import { Argument, type Command } from 'commander'
import { Fault } from '#core/errors.ts'
import { readAtMost } from '#policy/read-at-most.ts'
import { inventoryOf } from '#discover/inventory/inventory.ts'
import { examples, outputOf } from '../command.ts'
import { fileFault } from '../failure.ts'
import { legible } from '#core/legible.ts'
import { plural } from '../output.ts'
import { exitCodesText } from '../policy/arguments.ts'
import { planOf, type Plan } from './plan.ts'
import { stateArgument, tellOnce, withState, type AssetState } from './state.ts'
import { readTable } from './table.ts'

/** Bytes of a file of devices. */
const maxBytes = 20_000_000
/** Rows that are named one by one. */
const maxNamed = 50

const tooLarge = (what: string): Fault =>
  new Fault('usage', `${what} is larger than ${maxBytes / 1e6} MB.`, { advice: 'Split it, and import the parts.' })

/** A pipe that has nothing to read yet is waited for. */
const readInput = async (): Promise<Buffer> => {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of process.stdin) {
    const bytes = Buffer.from(chunk)
    length += bytes.length
    if (length > maxBytes) throw tooLarge('The input')
    chunks.push(bytes)
  }
  return Buffer.concat(chunks)
}

const bytesIn = (file: string): Buffer => {
  let bytes: Buffer | undefined
  try {
    bytes = readAtMost(file, maxBytes)
  } catch (error) {
    throw fileFault(error, file) ?? error
  }
  if (bytes === undefined) throw tooLarge(file)
  return bytes
}

const readText = async (file: string): Promise<string> => {
  const bytes = file === '-' ? await readInput() : bytesIn(file)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    throw new Fault('usage', `${file === '-' ? 'The input' : file} is no text in UTF-8.`, {
      advice: 'Save it as CSV in UTF-8.',
      cause: error,
    })
  }
}

const refusal = ({ problems }: Plan): Fault =>
  new Fault('usage', `${plural(problems.length, 'row')} cannot be used; nothing was imported.`, {
    details: [
      ...problems.slice(0, maxNamed).map(legible),
      ...(problems.length > maxNamed ? [`and ${problems.length - maxNamed} more`] : []),
    ],
    advice: 'Correct these rows, or take them out, and import again.',
  })

/** Columns of an export that nobody can say anything in. */
const shownOnly: ReadonlySet<string> = new Set('firmware serial hostnames behind first_seen last_seen'.split(' '))

export interface Imported {
  readonly told: number
  /** Of those, devices that were not seen on the wire. */
  readonly unseen: number
  readonly unchanged: number
  readonly ignored: readonly string[]
}

/** Keeps all that a table says, or nothing of it. @throws Fault `usage` with every row that cannot be used */
export const importText = (state: AssetState, text: string): Imported => {
  const table = readTable(text)
  const own = table.columns.has('confidence')
  const observed = state.observed()
  const known = { observed, inventory: inventoryOf(observed) }
  const plan = planOf(table, known)
  if (plan.problems.length > 0) throw refusal(plan)
  state.atomically(() => {
    for (const { told, device } of plan.rows)
      if (device === undefined) state.tell(told)
      else tellOnce(state, known, device, told)
  })
  return {
    told: plan.rows.length,
    unseen: plan.rows.filter(({ device }) => device === undefined).length,
    unchanged: plan.unchanged,
    ignored: table.ignored.filter((title) => !own || !shownOnly.has(title)),
  }
}

const importedText = ({ told, unseen, unchanged, ignored }: Imported): string =>
  [
    `${plural(told, 'device')} told of${unseen === 0 ? '' : `, ${unseen} of them never seen`}; ${plural(unchanged, 'row')} said nothing new`,
    ...(ignored.length === 0 ? [] : [`not used: ${ignored.slice(0, 20).map(legible).join(', ')}`]),
  ].join('\n')

export const registerImport = (assets: Command): void => {
  const command = assets
    .command('import')
    .description('take what is known of devices from a CSV or JSON file, such as an export of NetBox')
    .addArgument(stateArgument())
    .addArgument(new Argument('<file>', 'CSV or JSON; - is standard input'))
    .action(async (path: string, file: string, _options: object, self: Command) => {
      const output = outputOf(self)
      const text = await readText(file)
      const done = withState(path, (state) => importText(state, text))
      output.result(done, () => importedText(done))
    })
    .addHelpText(
      'after',
      [
        '',
        'Columns, in any order and case; others are not used:',
        '  ip, address, primary_ip4, …  the device of a row; also mac, mac_address',
        '  name, kind, level, zone, owner, vendor (manufacturer), criticality, note, vlan',
        '  role                         a kind where it says one; else part of the note,',
        '                               as are device_type, site and location',
        'Empty cells change nothing. When a row cannot be used, it is named, and nothing',
        'is imported.',
      ].join('\n'),
    )
  examples(
    command,
    ['bulkhead assets import plant assets.csv', 'what maintenance wrote down'],
    ['bulkhead assets import plant netbox-devices.csv', 'what the network people know'],
  )
  exitCodesText(
    command,
    [0, 'imported'],
    [1, 'nothing was discovered there'],
    [2, 'a row cannot be used: nothing was imported'],
  )
}
