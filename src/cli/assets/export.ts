import { type Command, Option } from 'commander'
import { legibleJson } from '#core/legible.ts'
import type { Device } from '#discover/model.ts'
import { examples, outputOf } from '../command.ts'
import { exitCodesText } from '../policy/arguments.ts'
import { writeCsv } from './csv.ts'
import { filtered } from './list.ts'
import { readState, stateArgument } from './state.ts'

const timeOf = (at: number): string => (at > 0 && at <= 8.64e15 ? new Date(at).toISOString() : '')

/** By the names that `import` understands, so that a table can be filled in and come back. */
const rowOf = (device: Device) => ({
  name: device.id,
  ip: device.ips.join(' '),
  mac: device.macs.join(' '),
  vlan: device.vlan,
  kind: device.kind.value,
  kind_confidence: device.kind.confidence,
  level: device.level.value,
  zone: device.told?.zone ?? '',
  owner: device.told?.owner ?? '',
  criticality: device.criticality.value,
  vendor: device.vendor?.value ?? '',
  model: device.model?.value ?? '',
  firmware: device.firmware?.value ?? '',
  serial: device.serial?.value ?? '',
  hostnames: device.hostnames.join(' '),
  behind: device.behind ?? '',
  first_seen: timeOf(device.first),
  last_seen: timeOf(device.last),
  note: device.told?.note ?? '',
})
export type ExportRow = ReturnType<typeof rowOf>

export const exportRows = (devices: readonly Device[]): readonly ExportRow[] => devices.map(rowOf)

export const exportCsv = (rows: readonly ExportRow[]): string =>
  writeCsv(
    Object.keys(rows[0] ?? { name: '', ip: '', mac: '' }),
    rows.map((row) => Object.values(row)),
  )

export const registerExport = (assets: Command): void => {
  const command = assets
    .command('export')
    .description('write the devices as a table: for a spreadsheet, an asset list, or to fill in and import again')
    .addArgument(stateArgument())
    .addOption(new Option('--format <format>', 'of the table').choices(['csv', 'json']).default('csv'))
    .option('--unanswered', 'also addresses that never answered: nobody may be there')
    .action((path: string, options: { format: string; unanswered?: boolean }, self: Command) => {
      const output = outputOf(self)
      const rows = exportRows(filtered(readState(path).inventory.devices, { unanswered: options.unanswered === true }))
      output.result(rows, () =>
        options.format === 'csv' ? exportCsv(rows) : legibleJson(JSON.stringify(rows, undefined, 2)),
      )
    })
  examples(
    command,
    ['bulkhead assets export plant > assets.csv', 'a table to fill in: who owns what?'],
    ['bulkhead assets export plant --format json', 'for another program'],
  )
  exitCodesText(command, [0, 'written'], [1, 'nothing was discovered there'])
}
