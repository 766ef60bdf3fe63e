/** The OpenAPI 3.1 document, from the routes and their schemas: there is no second description of the API. */
import * as z from 'zod'
import { Problem } from '#schema/manager-api.ts'
import { isTaxiiPath, mediaType, Refusal } from '../exchange/taxii/answers.ts'
import { otherRoutes, routes } from './routes.ts'
import type { Access, Route } from './route.ts'

type Json = Record<string, unknown>

const schemaOf = (schema: z.ZodType, io: 'input' | 'output'): Json => {
  // The dialect stands once, at the top of the document.
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { target: 'draft-2020-12', io })
  return rest
}
const content = (schema: z.ZodType, io: 'input' | 'output', type = 'application/json'): Json => ({
  [type]: { schema: schemaOf(schema, io) },
})

const parameters = (schema: z.ZodType | undefined, where: 'path' | 'query'): Json[] => {
  if (!(schema instanceof z.ZodObject)) return []
  const shape: Record<string, z.ZodType> = schema.shape
  return Object.entries(shape).map(([name, one]) => ({
    name,
    in: where,
    required: where === 'path',
    schema: schemaOf(one, 'output'),
  }))
}

const security = (access: Access): Json => ({
  security: access === 'public' ? [] : [{ session: [] }, { token: [] }, { basic: [] }],
  'x-permission': access,
})
const problemAt = (path: string): Json => ({
  $ref: `#/components/responses/${isTaxiiPath(path) ? 'TaxiiProblem' : 'Problem'}`,
})
const operationId = (method: string, path: string): string =>
  [
    method.toLowerCase(),
    ...path
      .replace(/^\/v1\//, '/')
      .split(/[/:.-]+/)
      .slice(1),
  ]
    .filter(Boolean)
    .join('-')

const operation = (one: Route): Json => ({
  operationId: operationId(one.method, one.path),
  summary: one.summary,
  ...security(one.access),
  parameters: [...parameters(one.params, 'path'), ...parameters(one.query, 'query')],
  ...(one.body === undefined ? {} : { requestBody: { required: true, content: content(one.body, 'input') } }),
  responses: {
    [String(one.status ?? 200)]: { description: 'Done.', content: content(one.answer, 'output', one.type) },
    default: problemAt(one.path),
  },
})

export const openApi = (version: string): Json => {
  const paths: Record<string, Json> = {}
  const add = (path: string, method: string, value: Json): void => {
    const name = path.replaceAll(/:(\w+)/g, '{$1}')
    paths[name] = { ...paths[name], [method.toLowerCase()]: value }
  }
  for (const one of routes) add(one.path, one.method, operation(one))
  for (const { method, path, access, summary, type, ...more } of otherRoutes)
    add(path, method, {
      operationId: operationId(method, path),
      summary,
      ...security(access),
      ...('query' in more ? { parameters: parameters(more.query, 'query') } : {}),
      responses: { '200': { description: 'Done.', content: { [type]: {} } }, default: problemAt(path) },
    })
  return {
    openapi: '3.1.0',
    jsonSchemaDialect: 'https://json-schema.org/draft/2020-12/schema',
    info: { title: 'Bulkhead manager', version, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    paths,
    components: {
      responses: {
        Problem: { description: 'Refused, or failed.', content: content(Problem, 'output') },
        TaxiiProblem: { description: 'Refused, or failed.', content: content(Refusal, 'output', mediaType) },
      },
      securitySchemes: {
        session: { type: 'apiKey', in: 'cookie', name: '__Host-bulkhead' },
        token: { type: 'http', scheme: 'bearer' },
        basic: { type: 'http', scheme: 'basic', description: 'An API token as the password; the name says nothing.' },
      },
    },
  }
}
