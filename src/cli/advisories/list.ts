import type { Command } from 'commander'
import { clipped, legible } from '#core/legible.ts'
import { loadAdvisories } from '#discover/assess/advisories/files.ts'
import { mergeAdvisories } from '#discover/assess/advisories/merge.ts'
import { shippedAdvisories } from '#discover/assess/advisories/shipped.ts'
import type { Advisory } from '#schema/advisories.ts'
import { examples, outputOf } from '../command.ts'
import { folderOf } from './state.ts'

interface Options {
  readonly state?: string
  readonly vendor?: string
}

interface Row extends Advisory {
  readonly origin: 'shipped' | 'imported'
}

const vendorsOf = ({ products }: Advisory): readonly string[] => [...new Set(products.map(({ vendor }) => vendor))]

const rowsOf = ({ state, vendor }: Options): readonly Row[] => {
  const imported = state === undefined ? [] : loadAdvisories(folderOf(state))
  const { advisories } = mergeAdvisories(shippedAdvisories(), imported)
  const own = new Map(imported.map((advisory) => [advisory.id, advisory]))
  return advisories
    .filter(
      (one) => vendor === undefined || vendorsOf(one).some((name) => name.toLowerCase().includes(vendor.toLowerCase())),
    )
    .map((one) => ({ ...one, origin: own.get(one.id) === one ? 'imported' : 'shipped' }))
}

export const registerList = (advisories: Command): void => {
  const command = advisories
    .command('list')
    .description('list the advisories in the index')
    .option('--state <state>', 'folder that `bulkhead discover -o` wrote; without it, those that ship')
    .option('--vendor <name>', 'only those that name a product of this vendor')
    .action((options: Options) => {
      const output = outputOf(command)
      const rows = rowsOf(options)
      output.result(rows, () =>
        output.table(
          rows,
          [
            { title: 'ID', cell: ({ id }) => id },
            { title: 'RELEASED', cell: ({ released = '' }) => released },
            { title: 'CVSS', cell: ({ cvss }) => (cvss === undefined ? '' : cvss.toFixed(1)), right: true },
            { title: 'ORIGIN', cell: ({ origin }) => origin },
            { title: 'VENDOR', cell: (row) => clipped(legible(vendorsOf(row).slice(0, 2).join(', ')), 24) },
            { title: 'TITLE', cell: ({ title }) => clipped(legible(title), 90) },
          ],
          'no advisories',
        ),
      )
    })
  examples(
    command,
    ['bulkhead advisories list', 'which advisories ship with Bulkhead?'],
    ['bulkhead advisories list --state plant --vendor siemens', 'which ones name a vendor?'],
  )
}
