/** Whom a certificate is for: RFC 5280, 4.1.2.6 and 4.2.1.6. It is not verified: it tells what a device says of itself. */
import { berTags, elementAt, elementsIn, oidAt, type Element } from './ber.ts'
import { sure, type Read, type Tell } from './sighting.ts'
import { textAt } from './text.ts'
import { knownVendor } from './vendor-names.ts'

const attributes = { commonName: '2.5.4.3', serialNumber: '2.5.4.5', organization: '2.5.4.10' } as const
const alternativeNames = '2.5.29.17'
const tags = { version: 0xa0, extensions: 0xa3, dnsName: 0x82, bmpString: 0x1e } as const
const mostNames = 8
/** Before the subject: serial number, algorithm, issuer and validity. */
const subjectPlace = 4

/** BMPString has two bytes a character, high byte first; every other text in use is ASCII or UTF-8. */
const stringOf = (bytes: Uint8Array, { tag, from, to }: Element): string => {
  if (tag !== tags.bmpString) return textAt(bytes, from, to)
  const units: number[] = []
  for (let at = from; at + 1 < to && units.length < 200; at += 2)
    units.push(((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0))
  return String.fromCharCode(...units)
}

/** A name of a host: one of many hosts, or of whichever reads it, says nothing. */
const tellName = (name: string, tell: Tell): void => {
  if (!name.includes('*') && !/^localhost(?:\.|$)/i.test(name)) tell('name', name, 0.6)
}

const tellAttribute = (type: string, text: string, tell: Tell): void => {
  if (type === attributes.commonName) tellName(text, tell)
  if (type === attributes.serialNumber) tell('serial', text, sure.hint)
  // The owner's organisation, more often than the maker's.
  if (type === attributes.organization) tell('vendor', knownVendor(text) ?? '', sure.hint)
}

const tellSubject = (bytes: Uint8Array, subject: Element, tell: Tell): void => {
  for (const set of elementsIn(bytes, subject))
    for (const pair of elementsIn(bytes, set)) {
      const [type, value] = elementsIn(bytes, pair)
      if (type?.tag === berTags.objectIdentifier && value !== undefined)
        tellAttribute(oidAt(bytes, type), stringOf(bytes, value), tell)
    }
}

/** Extensions: an identifier, whether it is critical, and octets that hold the value. */
const tellExtensions = (bytes: Uint8Array, wrapper: Element, tell: Tell): void => {
  const [list] = elementsIn(bytes, wrapper)
  for (const extension of list === undefined ? [] : elementsIn(bytes, list)) {
    const parts = elementsIn(bytes, extension)
    const [type, value] = [parts[0], parts.at(-1)]
    if (type?.tag !== berTags.objectIdentifier || oidAt(bytes, type) !== alternativeNames || value === undefined)
      continue
    const names = elementAt(bytes, value.from, value.to)
    for (const name of names === undefined ? [] : elementsIn(bytes, names).slice(0, mostNames))
      if (name.tag === tags.dnsName) tellName(textAt(bytes, name.from, name.to), tell)
  }
}

export const tellCertificate: Read = (bytes, tell) => {
  const certificate = elementAt(bytes, 0, bytes.length)
  const signed = certificate === undefined ? undefined : elementsIn(bytes, certificate)[0]
  if (signed?.tag !== berTags.sequence) return
  const parts = elementsIn(bytes, signed)
  const subject = parts[parts[0]?.tag === tags.version ? subjectPlace + 1 : subjectPlace]
  if (subject?.tag === berTags.sequence) tellSubject(bytes, subject, tell)
  const extensions = parts.find(({ tag }) => tag === tags.extensions)
  if (extensions !== undefined) tellExtensions(bytes, extensions, tell)
}
