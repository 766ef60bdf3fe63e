/** Nodes that every server has: OPC 10000-5, with the numbers of its node set. */
import type { TalkContext } from '#core/personality.ts'
import { filled } from '../../placeholders.ts'
import { limits } from './limits.ts'
import type { OpcuaProfile } from './profile.ts'
import { classes, referenceSupertypes, references, type Draft, type spaceBuilder } from './space.ts'
import { numeric, type Value, type Writer } from './writer.ts'

type Get = (context: TalkContext, profile: OpcuaProfile) => Value
/** Data types of the values here (OPC 10000-5, 12). */
const dataTypes = {
  boolean: 1,
  byte: 3,
  uint16: 5,
  int32: 6,
  uint32: 7,
  double: 11,
  string: 12,
  time: 294,
  text: 21,
} as const

const day = 86_400_000
/** It started some days ago, and starts again some weeks after. */
const startedAt = ({ identity, now }: TalkContext): number => {
  const period = (20 + (identity.seed % 50)) * day
  const shift = (identity.serialNumber % 80) * day + (identity.seed % 86_400) * 1000
  return now() - ((now() + shift) % period)
}

const own = (text: string, { identity, persona }: TalkContext): string => filled(text, identity, persona)
const namespaceUris = (context: TalkContext, profile: OpcuaProfile): readonly string[] =>
  ['http://opcfoundation.org/UA/', profile.applicationUri, ...profile.namespaces].map((uri) => own(uri, context))

const buildInfo = (writer: Writer, context: TalkContext, profile: OpcuaProfile): void => {
  writer.string(own(profile.productUri, context)).string(own(profile.manufacturer, context))
  writer.string(own(profile.productName, context)).string(own(profile.softwareVersion, context))
  writer.string(own(profile.buildNumber, context)).time(profile.buildDate)
}
const serverStatus = (writer: Writer, context: TalkContext, profile: OpcuaProfile): void => {
  writer.time(startedAt(context)).time(context.now()).u32(0)
  buildInfo(writer, context, profile)
  writer.u32(0).u8(0)
}

const said =
  (field: 'productUri' | 'manufacturer' | 'productName' | 'softwareVersion' | 'buildNumber'): Get =>
  (context, profile) => ({ type: 'string', value: own(profile[field], context) })
const constant =
  (value: Value): Get =>
  () =>
    value

/** Number, parent, name, type definition, data type, rank, value. Properties have the type 68. */
type Row = readonly [number, number, string, number, number, number, Get]
const rows: readonly Row[] = [
  [2254, 2253, 'ServerArray', 68, 12, 1, (c, p) => ({ type: 'strings', value: [own(p.applicationUri, c)] })],
  [2255, 2253, 'NamespaceArray', 68, 12, 1, (c, p) => ({ type: 'strings', value: namespaceUris(c, p) })],
  [2267, 2253, 'ServiceLevel', 68, dataTypes.byte, -1, constant({ type: 'byte', value: 255 })],
  [2994, 2253, 'Auditing', 68, dataTypes.boolean, -1, constant({ type: 'boolean', value: false })],
  [
    2256,
    2253,
    'ServerStatus',
    2138,
    862,
    -1,
    (c, p) => ({ type: 'structure', encoding: 864, body: (writer) => serverStatus(writer, c, p) }),
  ],
  [2257, 2256, 'StartTime', 63, dataTypes.time, -1, (c) => ({ type: 'time', value: startedAt(c) })],
  [2258, 2256, 'CurrentTime', 63, dataTypes.time, -1, (c) => ({ type: 'time', value: c.now() })],
  [2259, 2256, 'State', 63, 852, -1, constant({ type: 'int32', value: 0 })],
  [
    2260,
    2256,
    'BuildInfo',
    3051,
    338,
    -1,
    (c, p) => ({ type: 'structure', encoding: 340, body: (writer) => buildInfo(writer, c, p) }),
  ],
  [2262, 2260, 'ProductUri', 63, dataTypes.string, -1, said('productUri')],
  [2263, 2260, 'ManufacturerName', 63, dataTypes.string, -1, said('manufacturer')],
  [2261, 2260, 'ProductName', 63, dataTypes.string, -1, said('productName')],
  [2264, 2260, 'SoftwareVersion', 63, dataTypes.string, -1, said('softwareVersion')],
  [2265, 2260, 'BuildNumber', 63, dataTypes.string, -1, said('buildNumber')],
  [2266, 2260, 'BuildDate', 63, dataTypes.time, -1, (_, p) => ({ type: 'time', value: p.buildDate })],
  [2992, 2256, 'SecondsTillShutdown', 63, dataTypes.uint32, -1, constant({ type: 'uint32', value: 0 })],
  [2993, 2256, 'ShutdownReason', 63, dataTypes.text, -1, constant({ type: 'text', value: '' })],
  [
    2269,
    2268,
    'ServerProfileArray',
    68,
    12,
    1,
    constant({ type: 'strings', value: ['http://opcfoundation.org/UA-Profile/Server/StandardUA'] }),
  ],
  [2271, 2268, 'LocaleIdArray', 68, 295, 1, constant({ type: 'strings', value: ['en'] })],
  [2272, 2268, 'MinSupportedSampleRate', 68, 290, -1, constant({ type: 'double', value: 100 })],
  [2735, 2268, 'MaxBrowseContinuationPoints', 68, 5, -1, constant({ type: 'uint16', value: limits.continuations })],
  [11_705, 11_704, 'MaxNodesPerRead', 68, 7, -1, constant({ type: 'uint32', value: limits.operations })],
  [11_707, 11_704, 'MaxNodesPerWrite', 68, 7, -1, constant({ type: 'uint32', value: limits.operations })],
  [11_710, 11_704, 'MaxNodesPerBrowse', 68, 7, -1, constant({ type: 'uint32', value: limits.operations })],
  [
    11_712,
    11_704,
    'MaxNodesPerTranslateBrowsePathsToNodeIds',
    68,
    7,
    -1,
    constant({ type: 'uint32', value: limits.operations }),
  ],
  [11_714, 11_704, 'MaxMonitoredItemsPerCall', 68, 7, -1, constant({ type: 'uint32', value: limits.operations })],
]

const { object, objectType, variableType, referenceType, dataType } = classes
/** Number, parent, name, class, type definition. */
const objects: readonly (readonly [number, number, string, number, number, number?])[] = [
  [84, 0, 'Root', references.organizes, 61],
  [85, 84, 'Objects', references.organizes, 61],
  [86, 84, 'Types', references.organizes, 61],
  [87, 84, 'Views', references.organizes, 61],
  [88, 86, 'ObjectTypes', references.organizes, 61],
  [89, 86, 'VariableTypes', references.organizes, 61],
  [90, 86, 'DataTypes', references.organizes, 61],
  [91, 86, 'ReferenceTypes', references.organizes, 61],
  [2253, 85, 'Server', references.organizes, 2004],
  [2268, 2253, 'ServerCapabilities', references.hasComponent, 2013],
  [11_704, 2268, 'OperationLimits', references.hasComponent, 11_564],
  [2295, 2253, 'VendorServerInfo', references.hasComponent, 2033],
]

/** Number, parent, name, class. A type is organised by a folder or is the subtype of another. */
const types: readonly (readonly [number, number, string, Draft['nodeClass']])[] = [
  [58, 88, 'BaseObjectType', objectType],
  [61, 58, 'FolderType', objectType],
  [2004, 58, 'ServerType', objectType],
  [2013, 58, 'ServerCapabilitiesType', objectType],
  [2033, 58, 'VendorServerInfoType', objectType],
  [11_564, 61, 'OperationLimitsType', objectType],
  [62, 89, 'BaseVariableType', variableType],
  [63, 62, 'BaseDataVariableType', variableType],
  [68, 62, 'PropertyType', variableType],
  [2138, 63, 'ServerStatusType', variableType],
  [3051, 63, 'BuildInfoType', variableType],
  [24, 90, 'BaseDataType', dataType],
  [1, 24, 'Boolean', dataType],
  [12, 24, 'String', dataType],
  [295, 12, 'LocaleId', dataType],
  [13, 24, 'DateTime', dataType],
  [294, 13, 'UtcTime', dataType],
  [21, 24, 'LocalizedText', dataType],
  [22, 24, 'Structure', dataType],
  [338, 22, 'BuildInfo', dataType],
  [862, 22, 'ServerStatusDataType', dataType],
  [29, 24, 'Enumeration', dataType],
  [852, 29, 'ServerState', dataType],
  [26, 24, 'Number', dataType],
  [10, 26, 'Float', dataType],
  [11, 26, 'Double', dataType],
  [290, 11, 'Duration', dataType],
  [27, 26, 'Integer', dataType],
  [4, 27, 'Int16', dataType],
  [6, 27, 'Int32', dataType],
  [28, 26, 'UInteger', dataType],
  [3, 28, 'Byte', dataType],
  [5, 28, 'UInt16', dataType],
  [7, 28, 'UInt32', dataType],
]
const referenceNames: ReadonlyMap<number, string> = new Map([
  [31, 'References'],
  [32, 'NonHierarchicalReferences'],
  [33, 'HierarchicalReferences'],
  [34, 'HasChild'],
  [35, 'Organizes'],
  [36, 'HasEventSource'],
  [40, 'HasTypeDefinition'],
  [44, 'Aggregates'],
  [45, 'HasSubtype'],
  [46, 'HasProperty'],
  [47, 'HasComponent'],
  [48, 'HasNotifier'],
])
const firstFolder = 88
const lastFolder = 91

export const addStandard = ({ add }: ReturnType<typeof spaceBuilder>): void => {
  for (const [id, parent, name, by, type] of objects)
    add({ node: numeric(id), nodeClass: object, name, ns: 0, type }, numeric(parent), by)
  const addType = (id: number, parent: number, name: string, nodeClass: Draft['nodeClass']): void => {
    const by = parent >= firstFolder && parent <= lastFolder ? references.organizes : references.hasSubtype
    add({ node: numeric(id), nodeClass, name, ns: 0 }, numeric(parent), by)
  }
  for (const [id, parent, name, nodeClass] of types) addType(id, parent, name, nodeClass)
  for (const [id, name] of referenceNames) addType(id, referenceSupertypes.get(id) ?? lastFolder, name, referenceType)
  for (const [id, parent, name, type, data, rank, value] of rows)
    add(
      { node: numeric(id), nodeClass: classes.variable, name, ns: 0, type, dataType: data, rank, value },
      numeric(parent),
      type === 68 ? references.hasProperty : references.hasComponent,
    )
}
