/** Phrases of a private dialect, and plain words for them. */
const PHRASES = [
  [/\bso (many|much|long|few|often)\b(?! (as|that))/i, 'the number or the bound itself: "up to `limit`"'],
  [/\banew\b/i, 'again'],
  [/\bmade new\b/i, 'recreated'],
  [/\btells? of\b|\btold of\b/i, 'refers to, reports'],
  [/\bwhat (has )?bec[ao]mes? of\b/i, 'the outcome'],
  [/\bsays? of (itself|themselves)\b/i, 'reports, has'],
  [/\bof what there is\b|\bwhat there is of\b/i, 'the thing itself'],
  [/\bsees to it\b/i, 'ensures'],
  [/\bis no \w+ of\b/i, 'is not a'],
  [/\bsuch a one\b|\bone that (comes|goes) by\b/i, 'the thing itself'],
  [/\bhas need of\b/i, 'needs'],
]

/** The phrases in a text, which may go on from line to line, and what to write instead. */
export function phrasesIn(text) {
  const line = text.replaceAll(/\s+/g, ' ')
  return PHRASES.flatMap(([pattern, instead]) => {
    const found = pattern.exec(line)
    return found === null ? [] : [{ found: found[0], instead }]
  })
}

/** Home-made names, and the field's nouns for them. */
const NAMES = new Map(
  Object.entries({
    Turns: 'Semaphore',
    Gathered: 'Batcher',
    Question: 'Request or Query',
    Shared: 'TtlCache',
    Sessions: 'runConsumer',
    OwnerSession: 'SingleWriterLock',
    Told: 'TransactionRef',
    Barrier: "CutOff or PipelineDrain; a barrier is a checkpoint's",
    Stretch: 'Interval, PipelineStage or Workload',
    Surroundings: 'Context',
    Draft: 'NewTransaction',
    decodePlace: 'decodeCursor',
    readingOf: 'probe',
    relearn: 'replay',
    lookout: 'healthCheckPool',
  }),
)

/** Where a name is declared. */
const DECLARED = [
  ':matches(ClassDeclaration, TSInterfaceDeclaration, TSTypeAliasDeclaration, FunctionDeclaration) > Identifier.id',
  'VariableDeclarator > Identifier.id',
  ':matches(PropertyDefinition, MethodDefinition) > .key',
].join(', ')

const rule = {
  meta: {
    type: 'suggestion',
    schema: [],
    messages: { phrase: '"{{ found }}": write {{ instead }}', name: '{{ found }} is a home-made word: {{ instead }}' },
  },
  create(context) {
    return {
      Program() {
        for (const comment of context.sourceCode.getAllComments()) {
          for (const data of phrasesIn(comment.value.replaceAll(/\n\s*\*?/g, '\n')))
            context.report({ loc: comment.loc, messageId: 'phrase', data })
        }
      },
      [DECLARED](node) {
        const instead = NAMES.get(node.name)
        if (instead !== undefined) context.report({ node, messageId: 'name', data: { found: node.name, instead } })
      },
    }
  },
}

/** Plain words in comments and names, as an ESLint configuration. docs/GLOSSARY.md has the words that we use. */
export const words = {
  files: ['**/*.ts', '**/*.tsx'],
  plugins: { words: { rules: { plain: rule } } },
  rules: { 'words/plain': 'error' },
}
