/** The bytes of Telnet (RFC 854): what is typed, apart from options, which are refused once each unless the device has them. */

export const [iac, will, doIt] = [255, 251, 253] as const
const [dont, wont, subnegotiation] = [254, 252, 250] as const
const end = 240
/** Bytes of one subnegotiation that are looked for its end. */
const subnegotiationLimit = 256

export interface Options {
  /** @returns what was typed, and what is to be answered */
  take(bytes: Uint8Array): { readonly typed: readonly number[]; readonly answer: readonly number[] }
}

/** @param opening the options that the device opened with, as bytes */
export const options = (opening: readonly number[]): Options => {
  /** Verb and option that were said once: answering an answer would go on for ever. */
  const said = new Set<number>()
  for (let at = 0; at + 2 < opening.length; at += 3) said.add((opening[at + 1] ?? 0) * 256 + (opening[at + 2] ?? 0))
  let state: 'typed' | 'iac' | 'verb' | 'sub' | 'sub-iac' = 'typed'
  let verb = 0
  let length = 0
  const answered = (option: number): readonly number[] => {
    if (verb === wont || verb === dont) return []
    const agreed = verb === doIt ? will : doIt
    const refusal = verb === doIt ? wont : dont
    if (said.has(agreed * 256 + option) || said.has(refusal * 256 + option)) return []
    said.add(refusal * 256 + option)
    return [iac, refusal, option]
  }
  return {
    take: (bytes) => {
      const typed: number[] = []
      const answer: number[] = []
      for (const byte of bytes) {
        if (state === 'typed') {
          if (byte === iac) state = 'iac'
          else typed.push(byte)
        } else if (state === 'iac') {
          if (byte === iac) typed.push(byte)
          verb = byte
          length = 0
          state = byte >= will && byte <= dont ? 'verb' : byte === subnegotiation ? 'sub' : 'typed'
        } else if (state === 'verb') {
          answer.push(...answered(byte))
          state = 'typed'
        } else {
          length++
          if (state === 'sub-iac') state = byte === end ? 'typed' : 'sub'
          else if (byte === iac) state = 'sub-iac'
          if (length > subnegotiationLimit) state = 'typed'
        }
      }
      return { typed, answer }
    },
  }
}
