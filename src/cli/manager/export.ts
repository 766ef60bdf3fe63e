import { resolve } from 'node:path'
import type { Command } from 'commander'
import { writeWhole } from '#core/whole-file.ts'
import { examples, outputOf } from '../command.ts'
import { findEdge } from '../edges/find.ts'
import { writeFault } from '../failure.ts'
import { asker, type ReachOptions, withManager } from './reach.ts'

/** A policy and three snapshots, as JSON in JSON. */
const mostBytes = 128 << 20

/** Whole or not at all: a stick that is pulled out leaves no half file that looks like one. */
const write = (path: string, text: string): void => {
  try {
    writeWhole(path, text)
  } catch (error) {
    throw writeFault(error, path)
  }
}

export const registerExport = (manager: Command): void => {
  const command = withManager(manager.command('export'))
    .description('write a file for an edge without a line: policy, orders, acknowledged events, a new certificate')
    .argument('<site>', 'its site')
    .argument('<edge>', 'its name')
    .argument('<file>', 'the file, for instance on a stick')
    .action(async (site: string, name: string, file: string, options: ReachOptions, self: Command) => {
      const { StickDown } = await import('#schema/manager-stick.ts')
      const ask = await asker(options)
      const { id } = await findEdge(ask, site, name)
      const made = await ask({ method: 'POST', path: `/v1/edges/${id}/stick`, answer: StickDown, mostBytes })
      const path = resolve(file)
      write(path, made.text)
      const { lines, revisions, certificate } = made
      outputOf(self).result({ path, site, edge: name, lines, revisions, certificate }, () =>
        [
          `${path}: for ${site}/${name}, ${Object.entries(revisions)
            .map(([of, revision]) => `${of} ${revision}`)
            .join(', ')}. Its certificate is good until ${certificate}.`,
          `At the edge: bulkhead edge import ${file}`,
        ].join('\n'),
      )
    })
  examples(command, ['bulkhead manager export dairy edge-1 /media/stick/down.bulkhead', 'then carry it to the edge'])
}
