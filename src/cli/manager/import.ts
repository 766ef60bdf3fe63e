import { open } from 'node:fs/promises'
import { resolve } from 'node:path'
import { StringDecoder } from 'node:string_decoder'
import type { Command } from 'commander'
import { Fault } from '#core/errors.ts'
import { examples, outputOf } from '../command.ts'
import { fileFault } from '../failure.ts'
import { asker, type ReachOptions, withManager } from './reach.ts'

/** Bytes of a first line. */
const longestHead = 16 << 10

/** Parts of a file as text, none longer than `most` characters. @throws Fault `file-unreadable` */
async function* textOf(path: string, most: number): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8')
  try {
    const file = await open(path, 'r')
    try {
      const buffer = Buffer.allocUnsafe(most - 4)
      for (;;) {
        const { bytesRead } = await file.read(buffer)
        const text = bytesRead === 0 ? decoder.end() : decoder.write(buffer.subarray(0, bytesRead))
        if (text !== '') yield text
        if (bytesRead === 0) return
      }
    } finally {
      await file.close()
    }
  } catch (error) {
    throw fileFault(error, path) ?? error
  }
}

const headIn = (path: string, first: string): { head: unknown; rest: string } => {
  const end = first.indexOf('\n')
  try {
    if (end >= 0 && end <= longestHead) return { head: JSON.parse(first.slice(0, end)), rest: first.slice(end + 1) }
  } catch {
    // Said below.
  }
  throw new Fault('usage', `${path} does not begin as a file of an edge does.`, {
    advice: 'Make one at the edge: bulkhead edge export FILE',
  })
}

export const registerImport = (manager: Command): void => {
  const command = withManager(manager.command('import'))
    .description('take what an edge without a line wrote: events once each, reports, what it enforces')
    .argument('<file>', 'the file that `bulkhead edge export` wrote')
    .action(async (file: string, options: ReachOptions, self: Command) => {
      const { partLimit, Stick, StickBytes, StickTaken } = await import('#schema/manager-stick.ts')
      const ask = await asker(options)
      const path = resolve(file)
      let stick: { id: string; site: string; edge: string; at: string; lines: number } | undefined
      let bytes = 0
      for await (const text of textOf(path, partLimit)) {
        let part = text
        if (stick === undefined) {
          const { head, rest } = headIn(path, text)
          stick = await ask({ method: 'POST', path: '/v1/sticks', body: { head }, answer: Stick })
          part = rest
        }
        if (part === '') continue
        const body = { at: bytes, text: part }
        bytes = (await ask({ method: 'POST', path: `/v1/sticks/${stick.id}/lines`, body, answer: StickBytes })).bytes
      }
      if (stick === undefined) throw new Fault('usage', `${path} is empty.`)
      const { id, site, edge, at, lines } = stick
      const output = outputOf(self)
      for (;;) {
        const taken = await ask({ method: 'POST', path: `/v1/sticks/${id}/take`, answer: StickTaken })
        if (!taken.done) {
          output.note(`${taken.lines} of ${lines} lines …`)
          continue
        }
        const { events, reports } = taken
        return output.result({ path, site, edge, at, lines, events, reports }, () =>
          [
            `${path}: of ${site}/${edge}, written at ${at}: ${events} events and ${reports} reports. What was here before counts once.`,
            `Its answer: bulkhead manager export ${site} ${edge} FILE`,
          ].join('\n'),
        )
      }
    })
  examples(command, ['bulkhead manager import /media/stick/up.bulkhead', 'then write the answer with `export`'])
}
