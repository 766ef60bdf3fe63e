/** Confirmed services that a decoy answers: ANSI/ASHRAE 135, 15.5, 15.7, 15.9, and the errors of clause 18. */
import { nameOf, objectTypes, properties } from './names.ts'
import { property, type BacnetObject, type Objects, type Property } from './personality-objects.ts'
import { application as encode, context as tag, type Bytes } from './personality-tags.ts'
import { confirmed } from './services.ts'
import { application, Tags } from './tags.ts'

export type Outcome =
  | { readonly kind: 'ack'; readonly data: Bytes }
  | { readonly kind: 'simple' }
  | { readonly kind: 'error'; readonly error: Fault }
  /** 18.9. */
  | { readonly kind: 'reject'; readonly reason: number }

/** Class and code, 18. */
type Fault = readonly [kind: number, code: number]
const faults = {
  unknownObject: [1, 31],
  unknownProperty: [2, 32],
  invalidIndex: [2, 42],
  notArray: [2, 50],
  writeDenied: [2, 40],
  invalidType: [2, 9],
  valueOutOfRange: [2, 37],
  password: [4, 26],
} as const satisfies Record<string, Fault>
const rejections = { invalidTag: 4, missing: 5, unrecognized: 9 } as const

/** Property identifiers that stand for several (21, BACnetPropertyIdentifier). */
const several = { all: 8, optional: 80, required: 105 } as const
/** Of which a list without them is as long as the standard asks. */
const optional: ReadonlySet<number> = new Set([
  property.description,
  property.location,
  property.reliability,
  property.activeText,
  property.inactiveText,
  property.localDate,
  property.localTime,
  property.utcOffset,
  property.daylightSavings,
])
/** Properties of one ReadPropertyMultiple. */
const mostRead = 400

const tags = new Tags()
/** Names of what was asked, for people. */
export const noteOf = (service: string, type: number, instance: number, id: number): string =>
  `${service} ${nameOf(objectTypes, type)} ${instance} ${nameOf(properties, id)}`.slice(0, 100)

const invalid: Outcome = { kind: 'reject', reason: rejections.invalidTag }
const failed = (error: Fault): Outcome => ({ kind: 'error', error })

const whole = (one: Property): Bytes => ('value' in one ? one.value : one.elements.flat())
type Read = { readonly bytes: Bytes } | { readonly fault: Fault }
/** @param index -1: the whole; 0: how many elements */
const read = (object: BacnetObject | undefined, id: number, index: number): Read => {
  if (object === undefined) return { fault: faults.unknownObject }
  const one = object.properties.get(id)?.()
  if (one === undefined) return { fault: faults.unknownProperty }
  if (index < 0) return { bytes: whole(one) }
  if ('value' in one) return { fault: faults.notArray }
  if (index === 0) return { bytes: encode.unsigned(one.elements.length) }
  const element = one.elements[index - 1]
  return element === undefined ? { fault: faults.invalidIndex } : { bytes: element }
}

export interface Serving {
  readonly objects: Objects
  note(text: string): void
}

/** Object and property, which most services begin with. */
interface Asked {
  readonly object: BacnetObject | undefined
  readonly type: number
  readonly instance: number
}
const askedObject = ({ objects }: Serving): Asked | undefined => {
  if (!tags.primitive(0) || tags.length !== 4) return undefined
  const { objectType: type, instance } = tags
  return { object: objects.find(type, instance), type, instance }
}
const optionalNumber = (number: number): number => (tags.primitive(number) ? tags.unsigned : -1)

const readProperty = (serving: Serving): Outcome => {
  const asked = askedObject(serving)
  if (asked === undefined || !tags.primitive(1)) return invalid
  const id = tags.unsigned
  const index = optionalNumber(2)
  if (!tags.done) return invalid
  const { object, type, instance } = asked
  serving.note(noteOf('read-property', type, instance, id))
  const result = read(object, id, index)
  if ('fault' in result) return failed(result.fault)
  const head = [...tag.object(0, type, object?.instance ?? instance), ...tag.unsigned(1, id)]
  return { kind: 'ack', data: [...head, ...(index < 0 ? [] : tag.unsigned(2, index)), ...tag.around(3, result.bytes)] }
}

const expanded = (object: BacnetObject | undefined, id: number): readonly number[] => {
  if (object === undefined || (id !== several.all && id !== several.required && id !== several.optional)) return [id]
  const ids = [...object.properties.keys()].filter((one) => one !== property.propertyList)
  return id === several.all ? ids : ids.filter((one) => optional.has(one) === (id === several.optional))
}

const readMultiple = (serving: Serving): Outcome => {
  const out: number[] = []
  let left = mostRead
  if (tags.done) return { kind: 'reject', reason: rejections.missing }
  while (!tags.done) {
    const asked = askedObject(serving)
    if (asked === undefined || !tags.open(1)) return invalid
    const { object, type, instance } = asked
    const results: number[] = []
    while (!tags.close(1)) {
      if (!tags.primitive(0)) return invalid
      const id = tags.unsigned
      const index = optionalNumber(1)
      serving.note(noteOf('read-property-multiple', type, instance, id))
      for (const one of expanded(object, id)) {
        if (left-- <= 0) break
        const result = read(object, one, index)
        const value =
          'fault' in result ? tag.around(5, result.fault.flatMap(encode.enumerated)) : tag.around(4, result.bytes)
        results.push(...tag.unsigned(2, one), ...(index < 0 ? [] : tag.unsigned(3, index)), ...value)
      }
    }
    out.push(...tag.object(0, type, object?.instance ?? instance), ...tag.around(1, results))
  }
  return { kind: 'ack', data: out }
}

/** Only a present value that the profile lets be written; it is acknowledged, and a higher priority keeps what it was. */
const writeProperty = (serving: Serving): Outcome => {
  const asked = askedObject(serving)
  if (asked === undefined || !tags.primitive(1)) return invalid
  const id = tags.unsigned
  const { object, type, instance } = asked
  serving.note(noteOf('write-property', type, instance, id))
  optionalNumber(2)
  if (!tags.open(3) || !tags.next()) return invalid
  const { number, context } = tags
  if (object === undefined) return failed(faults.unknownObject)
  if (!object.properties.has(id)) return failed(faults.unknownProperty)
  if (id !== property.presentValue || object.point === undefined) return failed(faults.writeDenied)
  const wanted = type <= 2 ? application.real : application.enumerated
  // NULL gives up a priority.
  if (context || (number !== wanted && number !== 0)) return failed(faults.invalidType)
  if (number === application.enumerated && tags.unsigned > 1) return failed(faults.valueOutOfRange)
  return { kind: 'simple' }
}

export const serve = (service: number, bytes: Uint8Array, at: number, end: number, serving: Serving): Outcome => {
  tags.over(bytes, at, end)
  switch (service) {
    case confirmed.readProperty:
      return readProperty(serving)
    case confirmed.readPropertyMultiple:
      return readMultiple(serving)
    case confirmed.writeProperty:
      return writeProperty(serving)
    case confirmed.deviceCommunicationControl:
    case confirmed.reinitializeDevice:
      return failed(faults.password)
    default:
      return { kind: 'reject', reason: rejections.unrecognized }
  }
}
