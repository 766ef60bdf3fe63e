import { Argument, type Command, InvalidArgumentError, Option } from 'commander'
import type { Device } from '#discover/model.ts'
import { hasWords } from '#policy/vendors.ts'
import { kinds } from '#schema/site-words.ts'
import { examples, outputOf } from '../command.ts'
import { plural, type Output } from '../output.ts'
import { exitCodesText } from '../policy/arguments.ts'
import { readState, stateArgument } from './state.ts'
import { addressesText, cut, kindText } from './words.ts'

export interface Filters {
  readonly kind?: string
  readonly level?: number
  readonly vendor?: string
  readonly unanswered?: boolean
}

const levelNumber = (text: string): number => {
  const level = Number(text)
  if (/^\d(\.\d)?$/.test(text) && level <= 5) return level
  throw new InvalidArgumentError('It takes a Purdue level from 0 to 5.')
}

/** Addresses that never answered are shown where they are asked for, or where a person told of them. */
export const filtered = (devices: readonly Device[], { kind, level, vendor, unanswered }: Filters): readonly Device[] =>
  devices.filter(
    (device) =>
      (unanswered === true || !device.silent || device.told !== undefined) &&
      (kind === undefined || device.kind.value === kind) &&
      (level === undefined || device.level.value === level) &&
      (vendor === undefined || hasWords(device.vendor?.value ?? '', vendor)),
  )

export const listText = (output: Output, devices: readonly Device[]): string =>
  output.table(
    devices,
    [
      { title: 'ID', cell: ({ id }) => id },
      { title: 'KIND', cell: kindText, style: ({ kind }) => (kind.confidence < 0.6 ? 'yellow' : undefined) },
      { title: 'LEVEL', cell: ({ level }) => level.value, right: true },
      { title: 'VENDOR', cell: ({ vendor }) => cut(vendor?.value ?? '', 24) },
      { title: 'MODEL', cell: ({ model }) => cut(model?.value ?? '', 28) },
      { title: 'ADDRESSES', cell: (device) => addressesText(device) },
      { title: 'OWNER', cell: ({ told }) => cut(told?.owner ?? '', 24) },
    ],
    'no devices',
  )

export const registerList = (assets: Command): void => {
  const list = assets
    .command('list')
    .description('list the devices, with what they are and how sure that is')
    .addArgument(stateArgument())
    .addOption(new Option('--kind <kind>', 'of this kind').choices(kinds))
    .addOption(new Option('--level <level>', 'at this Purdue level').argParser(levelNumber))
    .option('--vendor <words>', 'whose vendor has these words')
    .option('--unanswered', 'also addresses that never answered: nobody may be there')
    .action((state: string, filters: Filters, command: Command) => {
      const output = outputOf(command)
      const { devices } = readState(state).inventory
      const shown = filtered(devices, filters)
      const silent = devices.filter((device) => device.silent && device.told === undefined).length
      output.result(shown, () =>
        [
          listText(output, shown),
          ...(silent === 0 || filters.unanswered === true
            ? []
            : ['', `${plural(silent, 'device')} never answered and may not be there; --unanswered lists them too.`]),
        ].join('\n'),
      )
    })
  examples(
    list,
    ['bulkhead assets list plant', 'which devices are there?'],
    ['bulkhead assets list plant --kind plc --vendor siemens', 'which controllers of one vendor?'],
    ['bulkhead assets list plant --json', 'everything that is known, for a program'],
  )
  exitCodesText(list, [0, 'listed'], [1, 'nothing was discovered there'])
}

/** The device that a command is about. */
export const deviceArgument = (): Argument => new Argument('<device>', 'its id, IP address or Ethernet address')
