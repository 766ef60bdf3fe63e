/** Requests that the documents tell people to make are answered. */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { otherRoutes, routes } from './routes.ts'

const root = new URL('../../../', import.meta.url)
const known = new Set(
  [...routes, ...otherRoutes].map(({ method, path }) => `${method} ${path.replaceAll(/:\w+/g, 'ID')}`),
)
/** The sockets of an edge and of the link have an API of their own. */
const isOthers = (name: string, path: string): boolean => name === 'docs/edge.md' || path.startsWith('/link/')

const told = globSync('docs/*.md', { cwd: root }).flatMap((name) =>
  [...readFileSync(new URL(name, root), 'utf8').matchAll(/`(GET|POST|PATCH|DELETE) (\/[^`?\s]*)/g)].flatMap(
    ([, method = '', path = '']) =>
      isOthers(name, path) ? [] : [{ name, request: `${method} ${path.replaceAll(/\/[A-Z]+(?=\/|$)/g, '/ID')}` }],
  ),
)

test('documents tell of requests', () => assert.ok(told.length > 10))
for (const { name, request } of told)
  test(`${name} tells of what is answered: ${request}`, () => assert.ok(known.has(request)))
