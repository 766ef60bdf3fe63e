import { Argument } from 'commander'
import { exitCodes, Fault } from '#core/errors.ts'
import { collectGarbage } from '#discover/observe/collect.ts'
import { openState } from '#discover/state/state.ts'
import { durationSeconds } from '#schema/duration.ts'
import { examples, outputOf, type Register } from './command.ts'
import { readEdge, readFiles, readPort, sourceOf } from './discover/sources.ts'
import { summaryOf, summaryText } from './discover/summary.ts'
import { endSignals, outliveReader } from './output.ts'
import { exitCodesText } from './policy/arguments.ts'
import { progressLine } from './progress.ts'

interface Options {
  readonly out: string
  readonly commands: boolean
  readonly for?: string
}

const msOf = (text: string | undefined): { readonly forMs?: number } => {
  if (text === undefined) return {}
  if (/^\d{1,6}(s|m|h|d)$/.test(text)) return { forMs: durationSeconds(text) * 1000 }
  throw new Fault('usage', `--for is ${JSON.stringify(text)}.`, {
    advice: 'Give a duration such as 30s, 10m, 8h or 7d.',
  })
}

export const register: Register = (program) => {
  const command = program
    .command('discover')
    .description('learn who speaks with whom, and asks what of whom, from captures or a mirror port')
    .addArgument(
      new Argument(
        '<source...>',
        'captures (pcap or pcapng, also with gzip; - is standard input), folders of them, iface:NAME for a mirror port, edge: for what a running edge recorded',
      ),
    )
    .option('-o, --out <folder>', 'where what was discovered is kept, and added to', 'discovered')
    .option('--for <duration>', 'how long to listen to an interface, such as 10m or 7d; without it until Ctrl-C')
    .option('--no-commands', 'only who speaks with whom: several times as fast')
    .action(async (texts: readonly string[], options: Options) => {
      const output = outputOf(command)
      const sources = texts.map(sourceOf)
      const forMs = msOf(options.for)
      const state = openState(options.out)
      const progress = progressLine()
      const stop = new AbortController()
      const end = () => stop.abort()
      for (const signal of endSignals) process.once(signal, end)
      if (sources.some(({ kind }) => kind === 'port')) outliveReader()
      const reading = { state, output, progress, decodes: options.commands, signal: stop.signal, ...forMs }
      try {
        const files = sources.flatMap((source) => (source.kind === 'files' ? source.files : []))
        const read = await readFiles(files, reading)
        if (files.length > 0 && read === 0) throw new Fault('file-unreadable', 'None of these files is a capture.')
        for (const source of sources) {
          if (source.kind === 'edge') await readEdge(source.socket, reading)
          if (source.kind === 'port' && (await readPort(source.device, reading)) === 0)
            process.exitCode = exitCodes.failed
        }
        progress.end()
        // What was read is given up; what it amounts to takes its place.
        collectGarbage()
        const summary = summaryOf(state.observed(), options.out)
        output.result(summary, () => summaryText(output, summary))
      } finally {
        progress.end()
        for (const signal of endSignals) process.off(signal, end)
        state.close()
      }
    })
  examples(
    command,
    ['bulkhead discover captures/ -o plant', 'what is in this plant?'],
    ['bulkhead discover monday.pcap tuesday.pcapng.gz -o plant', 'add more recordings; each counts once'],
    ['bulkhead discover iface:eth1 --for 7d -o plant', 'listen to a mirror port for a week; nothing is sent'],
    ['bulkhead discover edge: -o plant', 'add what the edge of this machine denied, or would have denied'],
    ['bulkhead discover captures/ -o plant --json > plant.json', 'inventory and flows for another program'],
  )
  exitCodesText(
    command,
    [exitCodes.ok, 'read; what could not be is said'],
    [exitCodes.failed, 'nothing came on an interface'],
    [exitCodes.usage, 'a source cannot be read'],
    [exitCodes.environment, 'the interface is missing, or may not be listened to'],
    [exitCodes.unavailable, 'no edge answers'],
  )
}
