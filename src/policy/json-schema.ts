/** The policy document as JSON Schema, for completion and checking in editors. */
import * as z from 'zod'
import { risks, type Constraint, type Vocabulary } from '#core/protocol.ts'
import { broadcastServices, constraintsOf, vocabularies } from '#protocols/index.ts'
import { etherTypes } from '#protocols/layer2.ts'
import { Site } from '#schema/site.ts'
import { fieldTexts } from './fields.ts'

type Json = Record<string, unknown>
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)
const inner = (schema: Json, key: string): Json => (isObject(schema[key]) ? schema[key] : {})

/** Adds the sentence of every field, walking properties, names and entries as {@link fieldTexts} names them. */
const describe = (schema: Json, path: string) => {
  const text = fieldTexts[path]
  if (text !== undefined) schema['description'] = text
  const below = (step: string) => (path === '' ? step : `${path}.${step}`)
  for (const [key, value] of Object.entries(inner(schema, 'properties')))
    if (isObject(value)) describe(value, below(key))
  if (isObject(schema['additionalProperties'])) describe(schema['additionalProperties'], below('*'))
  if (isObject(schema['items'])) describe(schema['items'], below('[]'))
  for (const option of Array.isArray(schema['anyOf']) ? schema['anyOf'] : [])
    if (isObject(option) && option['properties'] !== undefined) describe(option, path)
}

const constraintSchema = (constraint: Constraint): Json => {
  const limits = {
    ...(constraint.min === undefined ? {} : { minimum: constraint.min }),
    ...(constraint.max === undefined ? {} : { maximum: constraint.max }),
  }
  const description = constraint.summary
  if (constraint.kind === 'number') return { type: 'number', ...limits, description }
  if (constraint.kind === 'ranges')
    return { anyOf: [{ type: 'integer', ...limits }, { type: 'string' }, { type: 'array' }], description }
  const name = constraint.values === undefined ? { type: 'string' } : { enum: constraint.values }
  return { anyOf: [name, { type: 'array', items: name }], description }
}

const own: Json = {
  step: { type: 'number', exclusiveMinimum: 0 },
  rate: { type: 'string', pattern: String.raw`^\d+\/(s|min|h)$` },
  while: { type: 'object' },
}

/** Entries of `allow:` for one protocol. */
const allowSchema = (vocabulary: Vocabulary): Json => {
  const ops = Object.keys(vocabulary.ops)
  const narrowed = ops.map((op) => ({
    type: 'object',
    properties: {
      op: { const: op, description: vocabulary.ops[op]?.summary },
      ...own,
      ...Object.fromEntries(
        Object.entries(constraintsOf(vocabulary, op) ?? {}).flatMap(([name, constraint]) =>
          [name, ...(constraint.one === undefined ? [] : [constraint.one])].map((word) => [
            word,
            constraintSchema(constraint),
          ]),
        ),
      ),
    },
    required: ['op'],
    additionalProperties: false,
  }))
  return { type: 'array', minItems: 1, items: { anyOf: [{ enum: [...new Set([...risks, ...ops])] }, ...narrowed] } }
}

const byProtocol = (): Json[] =>
  Object.values(vocabularies).map((vocabulary: Vocabulary) => ({
    if: { properties: { service: { const: vocabulary.name } }, required: ['service'] },
    // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
    then: { properties: { allow: allowSchema(vocabulary) } },
  }))

const serviceSchema = (): Json => ({
  anyOf: [
    { enum: [...Object.keys(vocabularies), ...Object.keys(etherTypes), 'icmp', 'any', 'tcp/any', 'udp/any'] },
    {
      type: 'string',
      pattern: String.raw`^((tcp|udp)/\d{1,5}(-\d{1,5})?|ip/\d{1,3}|ethertype/0x[0-9a-fA-F]{4}|[a-z0-9][a-z0-9._-]*)$`,
    },
  ],
})

/** JSON Schema (draft 2020-12) of the policy, with the words of every protocol. */
export const policyJsonSchema = (): Json => {
  const schema = z.toJSONSchema(Site, { io: 'input', unrepresentable: 'any' }) as Json
  const properties = inner(schema, 'properties')
  for (const list of ['conduits', 'denies', 'tests']) {
    const entry = inner(inner(properties, list), 'items')
    inner(entry, 'properties')['service'] = serviceSchema()
  }
  const conduit = inner(inner(properties, 'conduits'), 'items')
  conduit['allOf'] = byProtocol()
  inner(inner(inner(properties, 'broadcast'), 'items'), 'properties')['allow'] = {
    type: 'array',
    minItems: 1,
    items: { enum: Object.keys(broadcastServices) },
  }
  describe(schema, '')
  return { ...schema, title: 'Bulkhead site policy' }
}
