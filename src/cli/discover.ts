import { Argument } from 'commander'
import { exitCodes, Fault } from '#core/errors.ts'
import { openState } from '#discover/state/state.ts'
import { addCapture } from '#discover/sources/add.ts'
import { findCaptures, type CaptureFile } from '#discover/sources/find.ts'
import { examples, outputOf, type Register } from './command.ts'
import { captureText, skippedText } from './discover/text.ts'
import { summaryOf, summaryText } from './discover/summary.ts'
import { exitCodesText } from './policy/arguments.ts'
import { progressLine } from './progress.ts'

interface Options {
  readonly out: string
  readonly commands: boolean
}

/** Standard input is one source among others. */
const filesOf = (sources: readonly string[]): readonly CaptureFile[] =>
  sources.flatMap((source) => (source === '-' ? [{ path: '-', size: 0, named: true }] : findCaptures([source])))

export const register: Register = (program) => {
  const command = program
    .command('discover')
    .description('learn who speaks with whom, and asks what of whom, from captures or a mirror port')
    .addArgument(
      new Argument('<source...>', 'captures (pcap or pcapng, also with gzip; - is standard input) and folders of them'),
    )
    .option('-o, --out <folder>', 'where what was discovered is kept, and added to', 'discovered')
    .option('--no-commands', 'only who speaks with whom: several times as fast')
    .action(async (sources: readonly string[], options: Options) => {
      const output = outputOf(command)
      const files = filesOf(sources)
      const state = openState(options.out)
      const progress = progressLine()
      try {
        const size = files.reduce((sum, file) => sum + file.size, 0)
        let [before, packets] = [0, 0]
        let read = 0
        for (const file of files) {
          const { outcome, capture, cut } = await addCapture(state, file, {
            decodes: options.commands,
            told: (so) => progress.update({ packets: packets + so.packets, read: before + so.read, size }),
          })
          before += file.size
          packets += capture?.packets ?? 0
          if (outcome !== 'not-a-capture') read++
          progress.end()
          output.note(captureText(file.path, outcome, capture))
          if (cut) output.note(`${file.path}: the compressed file ends in the middle; what could be read of it was.`)
          for (const line of skippedText(capture)) output.note(`  ${line}`)
        }
        if (read === 0) throw new Fault('file-unreadable', 'None of these files is a capture.')
        const summary = summaryOf(state.observed(), options.out)
        output.result(summary, () => summaryText(output, summary))
      } finally {
        progress.end()
        state.close()
      }
    })
  examples(
    command,
    ['bulkhead discover captures/ -o plant', 'what is in this plant?'],
    ['bulkhead discover monday.pcap tuesday.pcapng.gz -o plant', 'add more recordings; each counts once'],
  )
  exitCodesText(
    command,
    [0, 'read; what could not be is said'],
    [2, 'a source cannot be read'],
    [exitCodes.failed, 'something else failed'],
  )
}
