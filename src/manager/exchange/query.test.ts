import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { shownUrl, withoutQuery, withQuery } from './query.ts'

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
  ] as const)
    it(name, () => assert.equal(shownUrl(url), shown))
})
it('a query comes off and goes on again', () => {
  const { url, query } = withoutQuery('https://a.example/s?key=a=b?c&d=%20')
  assert.deepEqual([url, query], ['https://a.example/s', '?key=a=b?c&d=%20'])
  assert.equal(withQuery(url, query), 'https://a.example/s?key=a=b?c&d=%20')
})
