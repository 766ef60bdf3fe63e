import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { Fault } from '#core/errors.ts'
import { examples, outputOf } from '../command.ts'
import { plain } from '../edge/text.ts'
import { exitCodesText } from '../policy/arguments.ts'

/** Characters of standard input that are looked at. */
const longest = 1 << 20

const typed = (): string[] => {
  if (process.stdin.isTTY)
    throw new Fault('usage', 'There is nothing to open.', { advice: 'Name what is sealed, or pipe it in.' })
  return readFileSync(0, 'utf8').slice(0, longest).split(/\s+/).filter(Boolean)
}

export const registerOpen = (decoys: Command): void => {
  const command = decoys
    .command('open')
    .description('read what was typed into a login decoy, with the private key of the incident responder')
    .argument('[sealed...]', 'sealed text from the event, base64; standard input when absent')
    .requiredOption(
      '--key <file>',
      'PEM of the X25519 private key whose public half is the responder-key of the policy',
    )
    .action(async (given: readonly string[], { key }: { key: string }, self: Command) => {
      const { open } = await import('#edge/credentials/seal.ts')
      const pem = readFileSync(key, 'utf8')
      const sealed = given.length > 0 ? given : typed()
      const opened = sealed.map((text) => {
        const clear = open(pem, text)
        if (clear === undefined)
          throw new Fault('refused', `This key does not open ${text.slice(0, 16)}…`, {
            advice:
              'It was sealed for another key, or was changed. Use the private key that belongs to `responder-key`.',
          })
        return clear
      })
      outputOf(self).result(opened, () => opened.map(plain).join('\n'))
    })
  examples(
    command,
    ['bulkhead decoys open --key responder.pem AbCd…', 'which password was typed?'],
    ['bulkhead decoys open --key responder.pem < sealed.txt', 'many at once'],
  )
  exitCodesText(command, [0, 'opened'], [2, 'the key cannot be read'], [7, 'it was sealed for another key, or changed'])
}
