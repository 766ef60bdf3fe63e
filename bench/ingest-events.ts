/**
 * Events as bytes: a text with places that are filled in anew for each. Who makes events shares the processors with who stores them, and
 * must not be what is measured.
 */

const places = ['time', 'id', 'conduit', 'count', 'plc', 'ews', 'net', 'host'] as const
export type Filling = Readonly<Record<(typeof places)[number], string>>

/** Stands for a place, with as many characters: in no other text. */
const marks: Filling = {
  time: '\u0001'.repeat(24),
  id: '\u0002'.repeat(26),
  conduit: '\u0003'.repeat(2),
  count: '\u0004'.repeat(2),
  plc: '\u0005'.repeat(2),
  ews: '\u0006'.repeat(3),
  net: '\u0007'.repeat(2),
  host: '\u0008'.repeat(3),
}

export interface Kind {
  readonly class: 'P0' | 'P1' | 'P2'
  readonly kind: string
}

const textOf = (edge: string, { class: of, kind }: Kind): string => {
  const { time, id, conduit, count, plc, ews, net, host } = marks
  return `{"class":"${of}","conduit":"conduit-${conduit}","count":${count},"destination":{"asset":"plc-${plc}","ip":"198.18.1.${plc}"},"details":{"summary":true},"edge":"${edge}","first":"${time}","id":"${id}","kind":"${kind}","last":"${time}","port":502,"protocol":"tcp","reason":"no-conduit","site":"north","source":{"asset":"ews-${ews}","ip":"198.18.${net}.${host}","mac":"00:1b:1b:aa:00:72","port":"plant","vlan":0},"text":"Denied: ews-${ews} (198.18.1.72) to plc-${plc} (198.18.1.10) with tcp/102 (zone cell-1), because no-conduit.","time":"${time}","zone":"cell-1"}`
}

/** Where each stands. */
const placesIn = (text: string) =>
  places.flatMap((place) => Array.from(text.matchAll(new RegExp(marks[place], 'g')), ({ index }) => ({ place, index })))

const fillerOf = (text: string) => {
  const bytes = Buffer.from(text, 'latin1')
  const fields = placesIn(text)
  return {
    size: bytes.length,
    /** @returns where it ends */
    write: (into: Buffer, at: number, filling: Filling): number => {
      into.set(bytes, at)
      for (const { place, index } of fields) into.write(filling[place], at + index, 'latin1')
      return at + bytes.length
    },
  }
}

/** Of one kind at one edge: as its body is, and as it stands in the JSON of a batch. */
export const openBody = (edge: string, kind: Kind) => {
  const text = textOf(edge, kind)
  const plain = fillerOf(text)
  return {
    quoted: fillerOf(text.replaceAll('"', String.raw`\"`)),
    text: (filling: Filling): string => {
      const bytes = Buffer.alloc(plain.size)
      plain.write(bytes, 0, filling)
      return bytes.toString('latin1')
    },
  }
}

const digits = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
/** As in a ULID. */
export const base32 = (value: number, length: number): string => {
  let text = ''
  for (let rest = value; text.length < length; rest = Math.floor(rest / 32)) text = digits[rest % 32]! + text
  return text
}
