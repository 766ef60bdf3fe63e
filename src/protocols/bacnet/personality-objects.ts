/** The objects of a building controller and their properties: ANSI/ASHRAE 135, clause 12. */
import type { TalkContext } from '#core/personality.ts'
import { filled } from '../placeholders.ts'
import { application as encode, type Bytes } from './personality-tags.ts'
import type { BacnetProfile, PointProfile, PointType } from './personality-profile.ts'
import { confirmed, unconfirmed } from './services.ts'

/** A property: one value (or a list without index), or an array by its elements. */
export type Property = { readonly value: Bytes } | { readonly elements: readonly Bytes[] }
export interface BacnetObject {
  readonly type: number
  readonly instance: number
  /** Only of what may be written. */
  readonly point?: PointProfile
  readonly properties: ReadonlyMap<number, () => Property>
}
export interface Objects {
  find(type: number, instance: number): BacnetObject | undefined
}

const deviceType = 8
/** Stands for the device that is asked, whatever its instance is (12.11.1). */
const anyDevice = 4_194_303
const typeNumbers: Readonly<Record<PointType, number>> = {
  'analog-input': 0,
  'analog-output': 1,
  'analog-value': 2,
  'binary-input': 3,
  'binary-output': 4,
  'binary-value': 5,
}

/** Clause 21. */
export const property = {
  activeText: 4,
  apduTimeout: 11,
  applicationVersion: 12,
  daylightSavings: 24,
  description: 28,
  addressBinding: 30,
  eventState: 36,
  firmware: 44,
  inactiveText: 46,
  localDate: 56,
  localTime: 57,
  location: 58,
  maxApdu: 62,
  modelName: 70,
  retries: 73,
  objectIdentifier: 75,
  objectList: 76,
  objectName: 77,
  objectType: 79,
  outOfService: 81,
  polarity: 84,
  presentValue: 85,
  typesSupported: 96,
  servicesSupported: 97,
  protocolVersion: 98,
  reliability: 103,
  segmentation: 107,
  statusFlags: 111,
  systemStatus: 112,
  units: 117,
  utcOffset: 119,
  vendorId: 120,
  vendorName: 121,
  protocolRevision: 139,
  databaseRevision: 155,
  propertyList: 371,
} as const
/** What a property list leaves out (12.1.1.4). */
const unlisted: ReadonlySet<number> = new Set([
  property.objectIdentifier,
  property.objectName,
  property.objectType,
  property.propertyList,
])

type Table = ReadonlyMap<number, () => Property>
const table = (
  values: Readonly<Record<number, () => Bytes>>,
  arrays: Readonly<Record<number, readonly Bytes[]>> = {},
): Table => {
  const ids = [...Object.keys(values), ...Object.keys(arrays)].map(Number)
  const listed = ids.filter((id) => !unlisted.has(id)).map(encode.enumerated)
  return new Map<number, () => Property>([
    ...Object.entries(values).map(([id, value]) => [Number(id), () => ({ value: value() })] as const),
    ...Object.entries(arrays).map(([id, elements]) => [Number(id), () => ({ elements })] as const),
    [property.propertyList, () => ({ elements: listed })],
  ])
}

const instanceOf = ({ identity }: Pick<TalkContext, 'identity'>): number => identity.serialNumber % anyDevice

const pointOf = ({ process, now }: TalkContext, point: PointProfile): BacnetObject => {
  const { instance, source, states, units } = point
  const type = typeNumbers[point.type]
  const isBinary = type >= 3
  const value = (): Bytes => {
    if ('digital' in source) return encode.enumerated(process.digital(source.digital, now()) ? 1 : 0)
    if ('constant' in source) return isBinary ? encode.enumerated(source.constant) : encode.real(source.constant)
    const { analog, min = 0, max } = source
    return encode.real(min + (process.analog(analog, now()) * (max - min)) / 100)
  }
  const properties = table({
    [property.objectIdentifier]: () => encode.object(type, instance),
    [property.objectName]: () => encode.text(point.name),
    [property.objectType]: () => encode.enumerated(type),
    [property.presentValue]: value,
    [property.description]: () => encode.text(point.description),
    [property.statusFlags]: () => encode.bits([], 4),
    [property.eventState]: () => encode.enumerated(0),
    [property.reliability]: () => encode.enumerated(0),
    [property.outOfService]: () => encode.boolean(false),
    ...(units !== undefined && { [property.units]: () => encode.enumerated(units) }),
    ...(states !== undefined && {
      [property.polarity]: () => encode.enumerated(0),
      [property.inactiveText]: () => encode.text(states[0]),
      [property.activeText]: () => encode.text(states[1]),
    }),
  })
  return { type, instance, properties, ...(point.writable && { point }) }
}

/** Bits of BACnetServicesSupported that are not the service's choice: unconfirmed ones follow at 26 (clause 21). */
const services = [
  confirmed.readProperty,
  confirmed.readPropertyMultiple,
  confirmed.writeProperty,
  26 + unconfirmed.iAm,
  34,
]

export const objectsOf = (context: TalkContext, profile: BacnetProfile): Objects => {
  const { identity, persona, now } = context
  const text = (template: string) => () => encode.text(filled(template, identity, persona))
  const instance = instanceOf(context)
  const points = profile.points.map((point) => pointOf(context, point))
  const list = [{ type: deviceType, instance }, ...points].map((one) => encode.object(one.type, one.instance))
  const device: BacnetObject = {
    type: deviceType,
    instance,
    properties: table(
      {
        [property.objectIdentifier]: () => encode.object(deviceType, instance),
        [property.objectName]: text(profile.objectName),
        [property.objectType]: () => encode.enumerated(deviceType),
        [property.systemStatus]: () => encode.enumerated(0),
        [property.vendorName]: text(profile.vendorName),
        [property.vendorId]: () => encode.unsigned(profile.vendorId),
        [property.modelName]: text(profile.modelName),
        [property.firmware]: text(profile.firmware),
        [property.applicationVersion]: text(profile.application),
        [property.description]: text(profile.description),
        [property.location]: text(profile.location),
        [property.protocolVersion]: () => encode.unsigned(1),
        [property.protocolRevision]: () => encode.unsigned(profile.protocolRevision),
        [property.servicesSupported]: () => encode.bits(services, 40),
        [property.typesSupported]: () => encode.bits([0, 1, 2, 3, 4, 5, deviceType], 55),
        [property.maxApdu]: () => encode.unsigned(profile.maxApdu),
        [property.segmentation]: () => encode.enumerated(3),
        [property.apduTimeout]: () => encode.unsigned(3000),
        [property.retries]: () => encode.unsigned(3),
        [property.addressBinding]: () => [],
        [property.databaseRevision]: () => encode.unsigned(1 + (identity.seed % 200)),
        [property.localDate]: () => encode.date(new Date(now())),
        [property.localTime]: () => encode.time(new Date(now())),
        [property.utcOffset]: () => encode.signed(0),
        [property.daylightSavings]: () => encode.boolean(false),
      },
      { [property.objectList]: list },
    ),
  }
  return {
    find: (type, number) =>
      type === deviceType
        ? number === instance || number === anyDevice
          ? device
          : undefined
        : points.find((one) => one.type === type && one.instance === number),
  }
}
