/**
 * A position in a line of Markdown that tracks its column. A tab reaches to the next multiple of 4 columns and may be
 * consumed partly.
 */
export class LineCursor {
  readonly #source: string
  readonly #end: number
  #at: number
  #column = 0
  /** Columns left of a partly consumed tab. */
  #spare = 0
  /** Columns of white space from here, and the offset after it. */
  #indent = 0
  #textStart = 0

  constructor(source: string, start: number, end: number) {
    this.#source = source
    this.#at = start
    this.#end = end
    this.#measure()
  }

  /** The current offset. */
  get at(): number {
    return this.#at
  }

  /** Columns of white space that come next. */
  get indent(): number {
    return this.#indent
  }

  /** The offset of the first character that is not white space. */
  get textStart(): number {
    return this.#textStart
  }

  get isBlank(): boolean {
    return this.#textStart === this.#end
  }

  /** The rest of the line after the white space. */
  get text(): string {
    return this.#source.slice(this.#textStart, this.#end)
  }

  /** Consumes up to `count` columns of white space. */
  takeColumns(count: number): void {
    let left = Math.min(count, this.#indent)
    while (left > 0) {
      if (this.#spare === 0) {
        this.#spare = this.#source[this.#at] === '\t' ? 4 - (this.#column % 4) : 1
        this.#at += 1
      }
      const taken = Math.min(left, this.#spare)
      this.#spare -= taken
      this.#column += taken
      this.#indent -= taken
      left -= taken
    }
  }

  /** Consumes the white space and `length` characters of the text after it. */
  takeText(length: number): void {
    this.takeColumns(this.#indent)
    this.#at += length
    this.#column += length
    this.#measure()
  }

  #measure(): void {
    let [at, column] = [this.#at, this.#column]
    for (; at < this.#end; at += 1) {
      const character = this.#source[at]
      if (character !== ' ' && character !== '\t') break
      column += character === '\t' ? 4 - (column % 4) : 1
    }
    this.#indent = column - this.#column
    this.#textStart = at
  }
}
