import { Argument, type Command } from 'commander'
import { loadAdvisories, readAdvisoryFiles, saveAdvisories } from '#discover/assess/advisories/files.ts'
import { mergeAdvisories } from '#discover/assess/advisories/merge.ts'
import { counted } from '#discover/report/format.ts'
import { examples, outputOf } from '../command.ts'
import { exitCodesText } from '../policy/arguments.ts'
import { folderOf } from './state.ts'

export const registerImport = (advisories: Command): void => {
  const command = advisories
    .command('import')
    .description('add advisories from files: CSAF 2.0 documents, or an index of our own form; all of them or none')
    .addArgument(new Argument('<paths...>', 'JSON files, and folders of them'))
    .requiredOption('--state <state>', 'folder that `bulkhead discover -o` wrote')
    .action((paths: readonly string[], { state }: { readonly state: string }) => {
      const output = outputOf(command)
      const folder = folderOf(state)
      const read = readAdvisoryFiles(paths)
      const merged = mergeAdvisories(loadAdvisories(folder), read.advisories)
      saveAdvisories(folder, merged.advisories)
      const { added, replaced, kept } = merged
      const total = merged.advisories.length
      output.result({ files: read.files, added, replaced, kept, total, ignored: read.others }, () =>
        [
          `${counted(read.files, 'file')}: ${counted(added, 'advisory', 'advisories')} added, ${replaced} replaced by newer ones, ${kept} as before; ${total} in the index.`,
          ...(read.others.length === 0
            ? []
            : [
                `${counted(read.others.length, 'file')} of the folders ${read.others.length === 1 ? 'is no advisory' : 'are no advisories'}, e.g. ${read.others[0] ?? ''}.`,
              ]),
        ].join('\n'),
      )
    })
  examples(
    command,
    ['bulkhead advisories import icsa-23-193-01.json --state plant', 'add one advisory'],
    ['bulkhead advisories import csaf_files/OT/white --state plant', 'add a whole folder, with the folders in it'],
  )
  exitCodesText(
    command,
    [0, 'imported'],
    [1, 'nothing was discovered there'],
    [2, 'a file cannot be read: it is named, with the place; nothing was imported'],
    [4, 'the index of the state is damaged, or the disk is full'],
  )
}
