/** Texts out of messages: whoever sent them may have meant to deceive a terminal or a page that shows them. */

/** Characters of a fact at most, and bytes that are decoded for one. */
const longest = 200
const longestBytes = 2048

const utf8 = new TextDecoder('utf-8')
const latin1 = new TextDecoder('latin1')
const utf16 = new TextDecoder('utf-16le')

/** Controls, marks of direction, private and broken characters, and every kind of space. */
const unseen = /[\p{C}\p{Z}\uFFFD]+/gu

/** What most texts are, which then need nothing. */
const plainWords = /^[!-~]{1,100}(?: [!-~]{1,100}){0,16}$/

/** A text in one line of at most 200 characters. */
export const presentable = (text: string): string =>
  text.length <= longest && plainWords.test(text) ? text : inOneLine(text)

const inOneLine = (text: string): string =>
  text
    .slice(0, longestBytes)
    .replace(unseen, ' ')
    .trim()
    .slice(0, longest)
    // A pair of surrogates that the bound went through.
    .replace(/[\uD800-\uDBFF]$/, '')
    .trimEnd()

const inside = (bytes: Uint8Array, from: number, to: number): Uint8Array =>
  bytes.subarray(from, Math.min(to, from + longestBytes))

/** Most names are a few letters of ASCII, for which a decoder takes ten times as long. undefined for all others. */
const shortAscii = (bytes: Uint8Array, from: number, to: number): string | undefined => {
  let text = ''
  for (let at = from; at < to; at++) {
    const byte = bytes[at] ?? 0xff
    if (byte >= 0x80) return undefined
    text += String.fromCharCode(byte)
  }
  return text
}

/** UTF-8, or Latin-1 where it is none: devices write either without saying which. */
export const textAt = (bytes: Uint8Array, from: number, to: number): string => {
  const ascii = to - from <= 64 && to <= bytes.length ? shortAscii(bytes, from, to) : undefined
  if (ascii !== undefined) return ascii
  const part = inside(bytes, from, to)
  const text = utf8.decode(part)
  return text.includes('\uFFFD') ? latin1.decode(part) : text
}

/** UTF-16, little-endian. */
export const wideTextAt = (bytes: Uint8Array, from: number, to: number): string => utf16.decode(inside(bytes, from, to))

/** One character for every byte, so that places in the text are places in the bytes. */
export const plainTextAt = (bytes: Uint8Array, from: number, to: number): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1', from, to)

/** Whether the bytes at a place are those of an ASCII text. */
export const startsWith = (bytes: Uint8Array, text: string, at = 0): boolean => {
  for (let index = 0; index < text.length; index++) if (bytes[at + index] !== text.charCodeAt(index)) return false
  return true
}
