import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as z from 'zod'
import { vocabularies } from '#protocols/index.ts'
import { Site } from '#schema/site.ts'
import { fieldTexts } from './fields.ts'
import { policyJsonSchema } from './json-schema.ts'

type Json = Record<string, unknown>
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)
const at = (value: unknown, ...path: readonly (string | number)[]): unknown =>
  path.reduce<unknown>(
    (here, step) => (typeof here === 'object' && here !== null ? Reflect.get(here, step) : undefined),
    value,
  )

/** Every field of the document, named as in {@link fieldTexts}. */
const fieldsOf = (schema: z.core.$ZodType, path = ''): string[] => {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault) return fieldsOf(schema.def.innerType, path)
  if (schema instanceof z.ZodUnion) return schema.def.options.flatMap((option) => fieldsOf(option, path))
  const below = (step: string) => (path === '' ? step : `${path}.${step}`)
  if (schema instanceof z.ZodArray) return fieldsOf(schema.def.element, below('[]'))
  if (schema instanceof z.ZodRecord) return fieldsOf(schema.def.valueType, below('*'))
  if (!(schema instanceof z.ZodObject)) return []
  return Object.entries(schema.def.shape).flatMap(([key, inner]) => [below(key), ...fieldsOf(inner, below(key))])
}

describe('the editor schema', () => {
  const schema = policyJsonSchema()

  test('is about every field of the document, and each has its sentence', () => {
    assert.deepEqual(Object.keys(fieldTexts).toSorted(), [...new Set(fieldsOf(Site))].toSorted())
    for (const [field, text] of Object.entries(fieldTexts)) assert.match(text, /^[A-Z`a-z].*\.$/, field)
  })

  test('carries the sentences where the fields are', () => {
    assert.equal(
      at(schema, 'properties', 'zones', 'additionalProperties', 'properties', 'mode', 'description'),
      fieldTexts['zones.*.mode'],
    )
    assert.equal(
      at(schema, 'properties', 'conduits', 'items', 'properties', 'essential', 'description'),
      fieldTexts['conduits.[].essential'],
    )
    assert.equal(
      at(
        schema,
        'properties',
        'edges',
        'additionalProperties',
        'properties',
        'ports',
        'additionalProperties',
        'properties',
        'routers',
        'description',
      ),
      fieldTexts['edges.*.ports.*.routers'],
    )
  })

  test('offers the commands of each protocol only for that protocol', () => {
    const branches = at(schema, 'properties', 'conduits', 'items', 'allOf')
    assert.ok(Array.isArray(branches))
    for (const vocabulary of Object.values(vocabularies)) {
      const branch: unknown = branches.find(
        (each) => at(each, 'if', 'properties', 'service', 'const') === vocabulary.name,
      )
      const names = at(branch, 'then', 'properties', 'allow', 'items', 'anyOf', 0, 'enum')
      assert.ok(Array.isArray(names))
      for (const op of Object.keys(vocabulary.ops)) assert.ok(names.includes(op), `${vocabulary.name} ${op}`)
    }
  })

  test('requires what the document requires', () => {
    assert.deepEqual(schema['required'], ['version', 'site', 'edges', 'zones'])
    assert.deepEqual(at(schema, 'properties', 'conduits', 'items', 'required'), ['id', 'from', 'to', 'service'])
  })

  test('has no reference that leads nowhere', () => {
    const text = JSON.stringify(schema)
    for (const [, name] of text.matchAll(/"\$ref":"#\/\$defs\/([^"]+)"/g))
      assert.ok(isObject(at(schema, '$defs', name ?? '')), name)
  })
})
