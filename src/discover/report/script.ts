/**
 * The script of a report: a field that narrows a table, and tabs for the readers' pages. Without it everything is there, one below the
 * other. It fetches nothing, and the page's policy lets it run by its hash alone.
 */
export const script = `(() => {
  const root = document.documentElement
  root.classList.add('js')
  for (const frame of document.querySelectorAll('[data-filter]')) {
    const rows = [...frame.querySelectorAll('tbody tr')]
    if (rows.length < 8) continue
    const field = document.createElement('input')
    field.type = 'search'
    field.placeholder = 'Narrow ' + rows.length + ' ' + frame.dataset.filter
    field.setAttribute('aria-label', field.placeholder)
    field.className = 'filter'
    field.addEventListener('input', () => {
      const words = field.value.toLowerCase().split(/\\s+/).filter(Boolean)
      for (const row of rows) {
        const text = row.textContent.toLowerCase()
        row.hidden = !words.every((word) => text.includes(word))
      }
    })
    frame.before(field)
  }
  const pages = [...document.querySelectorAll('.reader')]
  const tabs = document.querySelector('.tabs')
  const show = (id) => {
    for (const page of pages) page.classList.toggle('shown', page.id === id)
    for (const tab of tabs.children) tab.setAttribute('aria-selected', String(tab.dataset.page === id))
  }
  for (const page of pages) {
    const tab = document.createElement('button')
    tab.type = 'button'
    tab.role = 'tab'
    tab.dataset.page = page.id
    tab.textContent = page.querySelector('h2').textContent
    tab.addEventListener('click', () => show(page.id))
    tabs.append(tab)
  }
  const follow = () => {
    const id = location.hash.slice(1)
    if (pages.some((page) => page.id === id)) show(id)
  }
  addEventListener('hashchange', follow)
  show(pages[0].id)
  follow()
  for (const one of document.querySelectorAll('.finding details')) one.open = false
  addEventListener('beforeprint', () => {
    for (const one of document.querySelectorAll('.finding details')) one.open = true
  })
})()
`
