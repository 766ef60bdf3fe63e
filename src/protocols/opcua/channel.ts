/** The secure channel: OPC 10000-6, 6.7. What its opening tells, and what the structure of its messages tells when that was not seen. */
import type { ParsedCommand } from '#core/message.ts'
import { modeNames, modes, type State } from './state.ts'
import { texts } from './text.ts'
import type { Part } from './walk.ts'

/** What is known of the channel, as fields. */
export const channelFields = (command: ParsedCommand, { policy, mode }: State): void => {
  if (policy === undefined) return
  command.text('security-policy', policy)
  if (mode !== modes.unknown) command.text('security-mode', modeNames[mode] ?? '')
}

export const channel: Part = (walk) => {
  if (walk.state !== undefined) channelFields(walk.single(), walk.state)
}
export const endpoint: Part = (walk) => {
  walk.string()
  walk.single().text('endpoints', walk.text())
}

const prefix = Buffer.from('http://opcfoundation.org/UA/SecurityPolicy#')

/** The name at the end of a policy's URI; all of a URI that is not the foundation's, so that nothing else passes for `None`. */
export const policyName = (bytes: Uint8Array, from: number, to: number): string => {
  for (let index = 0; index < prefix.length; index++)
    if (from + index >= to || bytes[from + index] !== prefix[index]) return texts(bytes, from, to)
  return texts(bytes, from + prefix.length, to)
}

/** Bytes of a symmetric signature, by policy (OPC 10000-7, 6.6). What later editions add shows its own in its first message. */
const signatures: ReadonlyMap<string, number> = new Map([
  ['None', 0],
  ['Basic128Rsa15', 20],
  ['Basic256', 20],
  ['Basic256Sha256', 32],
  ['Aes128_Sha256_RsaOaep', 32],
  ['Aes256_Sha256_RsaPss', 32],
])
/** Lengths of all of them, for a channel whose opening was not seen. */
const lengths: ReadonlySet<number> = new Set([16, 20, 32, 48])

/** A channel begins, or is renewed, with this policy. A secured one shows its mode with its first message only. */
export const opened = (state: State, policy: string, renewed: boolean): void => {
  state.formerPolicy = state.policy
  state.formerMode = state.mode
  state.formerSignature = state.signature
  state.opening = true
  if (renewed && state.policy === policy) return
  if (!renewed) {
    state.client.sequence.restart()
    state.reopening = true
  }
  state.policy = policy
  state.mode = policy === 'None' ? modes.none : modes.unknown
  state.signature = signatures.get(policy) ?? -1
}

/** The channel asked for last is not: the request was withheld. */
export const notOpened = (state: State): void => {
  state.policy = state.formerPolicy
  state.mode = state.formerMode
  state.signature = state.formerSignature
  state.reopening = false
}

/**
 * What is left behind a message that was read to its end tells how it is secured.
 * @returns whether that can be
 */
export const settled = (state: State, left: number): boolean => {
  if (state.mode !== modes.unknown) return left === 0
  if (state.signature >= 0) {
    if (left !== 0) return false
    state.mode = modes.sign
    return true
  }
  if (left === 0 ? state.policy !== undefined : !lengths.has(left)) return false
  state.mode = left === 0 ? modes.none : modes.sign
  state.signature = left
  return true
}

/** The channel's messages can be rewritten and answered by somebody else. */
export const isOpen = ({ mode }: State): boolean => mode === modes.none
