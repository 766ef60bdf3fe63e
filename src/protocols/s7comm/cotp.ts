/** Opening and closing the transport connection: ISO 8073 class 0 as RFC 1006 uses it, section 13. */
import { u16be } from '#core/bytes.ts'
import type { Conversation } from '#core/codec.ts'
import type { Message } from '#core/message.ts'
import { transactions, type Called, type S7State } from './state.ts'

/** Bytes of a TPKT header (RFC 1006, 6). */
export const tpkt = 4
export const cotp = { connect: 0xe0, confirm: 0xd0, disconnect: 0x80, data: 0xf0 } as const
/** Of a TPDU at `at`, its length indicator. */
const fixed = 7
const calledTsap = 0xc2

const types = ['', 'pg', 'op', 'basic'] as const

/** S7 TSAPs have two bytes: what the client is (above 3: a resource of the device), then rack and slot. */
const readTsap = (bytes: Uint8Array, at: number, size: number, called: Called): void => {
  if (size !== 2) return
  called.type = types[bytes[at] ?? 0] ?? ''
  called.rack = (bytes[at + 1] ?? 0) >> 5
  called.slot = (bytes[at + 1] ?? 0) & 0x1f
}

/** 13.3.4: parameters of the variable part. @returns false when they do not fill it */
const readParameters = (bytes: Uint8Array, at: number, end: number, called: Called, message: Message): boolean => {
  called.clear()
  let part = at
  let seen = false
  while (part + 2 <= end && message.step()) {
    const size = bytes[part + 1] ?? 0
    if (bytes[part] === calledTsap) {
      // A device takes one of two, and nobody knows which.
      if (seen || part + 2 + size > end) return false
      seen = true
      readTsap(bytes, part + 2, size, called)
    }
    part += 2 + size
  }
  return part === end
}

/** Reads the TPDU whose length indicator is at `at`; anything but data. */
export const readTransport = (
  bytes: Uint8Array,
  at: number,
  end: number,
  fromClient: boolean,
  { state, pending }: Conversation<S7State>,
  message: Message,
): void => {
  const code = (bytes[at + 1] ?? 0) & 0xf0
  // Every other unit is longer; what is there of it is read as far as it goes.
  if (end - at < fixed) return message.malformed('unlisted')
  const stop = at + 1 + (bytes[at] ?? 0)
  const source = u16be(bytes, at + 4)
  const destination = u16be(bytes, at + 2)
  if (code === cotp.connect && fromClient) {
    message.role = 'request'
    message.transaction = transactions.connect + source
    // Which of two the device confirms is not known before it does; nobody asks again without an answer.
    if (state.askedBy >= 0 && pending.find(transactions.connect + state.askedBy) !== undefined)
      return message.malformed('connect-request')
    state.askedBy = source
    const whole = readParameters(bytes, at + fixed, Math.min(stop, end), state.asked, message)
    state.asked.onto(message.begin('connect-request'))
    // Class 0 carries no user data here, and a connection is opened once.
    if (whole && stop === end && stop >= at + fixed && !state.connected) return
    message.fault = 'malformed'
    state.asked.clear()
    return
  }
  if (code === cotp.confirm && !fromClient) {
    message.role = 'response'
    message.transaction = transactions.connect + destination
    if (stop !== end || stop < at + fixed || (bytes[at + 6] ?? 0) >> 4 !== 0) message.fault = 'malformed'
    else if (!state.connected) {
      state.connected = true
      if (destination === state.askedBy) state.called.copy(state.asked)
    }
    return
  }
  if (code === cotp.disconnect) {
    const transaction = transactions.connect + destination
    if (!fromClient && pending.find(transaction) !== undefined) {
      message.role = 'response'
      message.transaction = transaction
      message.refused = true
    } else message.begin('disconnect-request')
    if (stop > end) message.fault = 'malformed'
    return
  }
  // Other TPDUs belong to other classes, or come from the wrong end.
  message.malformed('unlisted')
}

/** 13.5: a disconnect request with the reason, for a connect request whose length indicator is at `at`. */
export const refuseConnection = (bytes: Uint8Array, at: number, reason: number, out: Uint8Array): number => {
  out[0] = 3
  out[1] = 0
  out[2] = 0
  out[3] = 11
  out[4] = 6
  out[5] = cotp.disconnect
  out[6] = bytes[at + 4] ?? 0
  out[7] = bytes[at + 5] ?? 0
  out[8] = 0
  out[9] = 0
  out[10] = reason
  return 11
}
