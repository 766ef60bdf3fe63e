import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { shownUrl, splitUrl, wholeUrl } from './shown-url.ts'

describe('a URL that is shown', () => {
  for (const [name, url, shown] of [
    ['keeps host, port and path', 'https://sms.example:8443/send', 'https://sms.example:8443/send'],
    [
      'says what the query has, not what it says',
      'https://a.example/s?key=x1&to=a%26b',
      'https://a.example/s?key=…&to=…',
    ],
    ['says nothing of a query without names', 'https://a.example/s?hunter2', 'https://a.example/s?…'],
    ['is not fooled by signs in a value', 'https://a.example/s?key=a=b?c', 'https://a.example/s?key=…&…'],
    ['has no question mark alone', 'https://a.example/s?', 'https://a.example/s'],
    [
      'keeps folders and hides keys in the path',
      'https://hooks.example/services/T02ABCDEF1/B0456GHIJ/abcdefghijklmnopqrstuvwx',
      'https://hooks.example/services/…/…/…',
    ],
    ['keeps versions', 'https://a.example/api/v2/webhook-b2/in', 'https://a.example/api/v2/webhook-b2/in'],
    ['is shown the same again', 'https://a.example/in/…?key=…', 'https://a.example/in/…?key=…'],
    ['has no user', 'https://user:hunter2@a.example/s', 'https://a.example/s'],
  ] as const)
    it(name, () => assert.equal(shownUrl(url), shown))
})
describe('a URL that is kept', () => {
  for (const url of [
    'https://a.example/s?key=a=b?c&d=%20',
    'https://hooks.example/services/T02ABCDEF1/abcdefghijklmnopqrstuvwx',
    'https://a.example:8443/in?',
  ])
    it(`is put together again: ${url}`, () => {
      const { url: shown, rest } = splitUrl(url)
      assert.equal(rest === undefined ? shown : wholeUrl(shown, rest), url.replace(/\?$/, ''))
    })
  it('without a key has no secret', () =>
    assert.deepEqual(splitUrl('https://a.example/send'), { url: 'https://a.example/send' }))
})
