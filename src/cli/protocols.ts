import { Argument } from 'commander'
import { Fault } from '#core/errors.ts'
import { isProtocolName, vocabularies } from '#protocols/index.ts'
import { examples, outputOf, type Register } from './command.ts'
import { textIn, writeOut } from './failure.ts'
import { allFacts, factsOf } from './protocols/facts.ts'
import { referenceOf, withReference } from './protocols/markdown.ts'
import { overviewText, protocolText } from './protocols/text.ts'

const rewrite = (file: string): { file: string; changed: boolean } => {
  const document = textIn(file)
  const written = withReference(document, referenceOf(allFacts()))
  if (written === undefined) throw new Fault('usage', `${file} has no marks between which the reference belongs.`)
  if (written !== document) writeOut(file, written)
  return { file, changed: written !== document }
}

export const register: Register = (program) => {
  const command = program
    .command('protocols')
    .description('show the protocols, their commands and what a rule can narrow')
    .addArgument(new Argument('[name]', 'one protocol, with all its commands').choices(Object.keys(vocabularies)))
    .option('--markdown <file>', 'write the reference between the marks of a document')
    .action((name: string | undefined, { markdown }: { markdown?: string }) => {
      const output = outputOf(command)
      if (markdown !== undefined) {
        const done = rewrite(markdown)
        return output.result(done, () => `${done.file}: ${done.changed ? 'written' : 'unchanged'}`)
      }
      if (name === undefined || !isProtocolName(name)) {
        const protocols = allFacts()
        return output.result(protocols, () => overviewText(output, protocols))
      }
      const protocol = factsOf(name)
      return output.result(protocol, () => protocolText(output, protocol))
    })
  examples(
    command,
    ['bulkhead protocols', 'which protocols are understood, and what cannot be seen in them?'],
    ['bulkhead protocols modbus', 'what can a rule for Modbus allow, and narrow?'],
    ['bulkhead protocols modbus --json', 'the same for a program'],
    ['bulkhead protocols --markdown docs/protocols.md', 'bring the reference up to date'],
  )
}
