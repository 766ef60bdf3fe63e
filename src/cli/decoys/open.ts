import { createPrivateKey } from 'node:crypto'
import type { Command } from 'commander'
import { Fault } from '#core/errors.ts'
import { examples, outputOf } from '../command.ts'
import { textIn } from '../failure.ts'
import { legible } from '#core/legible.ts'
import { exitCodesText } from '../policy/arguments.ts'

/** Characters of standard input that are looked at. */
const longest = 1 << 20

const typed = (): string[] => {
  const words = process.stdin.isTTY ? [] : textIn('-').slice(0, longest).split(/\s+/).filter(Boolean)
  if (words.length > 0) return words
  throw new Fault('usage', 'There is nothing to open.', { advice: 'Name what is sealed, or pipe it in.' })
}

/** @throws Fault `usage` that names the file, whatever is to be opened */
const responderKey = (pem: string, file: string): void => {
  try {
    if (createPrivateKey(pem).asymmetricKeyType === 'x25519') return
  } catch {
    // Said below.
  }
  throw new Fault('usage', `${file} is no X25519 private key.`, {
    advice: 'Give the PEM that belongs to `responder-key` of the policy, without a passphrase.',
  })
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
      const pem = textIn(key)
      responderKey(pem, key)
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
      outputOf(self).result(opened, () => opened.map(legible).join('\n'))
    })
  examples(
    command,
    ['bulkhead decoys open --key responder.pem AbCd…', 'which password was typed?'],
    ['bulkhead decoys open --key responder.pem < sealed.txt', 'many at once'],
  )
  exitCodesText(
    command,
    [0, 'opened'],
    [2, 'the key cannot be read, or there is nothing to open'],
    [7, 'it was sealed for another key, or changed'],
  )
}
