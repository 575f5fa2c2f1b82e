/** What the fields of a form hold, by name; nothing for one that is not there. */
export function fieldsOf(form: HTMLFormElement): (name: string) => string {
  const given = new FormData(form)
  return (name) => {
    const value = given.get(name)
    return typeof value === 'string' ? value.trim() : ''
  }
}
