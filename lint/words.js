/** Phrases of a private dialect, and the words that stand for them. */
const PHRASES = [
  [/\bso (many|much|long|few|often)\b(?! (as|that))/i, 'the number or the bound itself: "up to `limit`"'],
  [/\banew\b/i, 'again'],
  [/\bmade new\b/i, 'recreated'],
  [/\btells? of\b|\btold of\b/i, 'refers to, reports'],
  [/\bwhat (has )?become of\b|\bwhat became of\b/i, 'the outcome'],
  [/\bof what there is\b|\bwhat there is of\b/i, 'the thing itself'],
  [/\bsees to it\b/i, 'ensures'],
  [/\bis no \w+ of\b/i, 'is not a'],
  [/\bsuch a one\b|\bone that (comes|goes) by\b/i, 'the thing itself'],
  [/\bhas need of\b/i, 'needs'],
]

/** Names that were home-made, and what the field says. */
const NAMES = new Map(
  Object.entries({
    Turns: 'Semaphore',
    Gathered: 'Batcher',
    Shared: 'TtlCache',
    Place: 'Cursor',
    Sessions: 'runConsumer',
    OwnerSession: 'SingleWriterLock',
    Told: 'TransactionRef',
    Barrier: 'CutOff',
    Stretch: 'Interval',
    Surroundings: 'Context',
    Draft: 'NewTransaction',
    relearn: 'replay',
    lookout: 'healthCheckPool',
  }),
)

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
          for (const [pattern, instead] of PHRASES) {
            const found = pattern.exec(comment.value.replaceAll(/\s*\n\s*\*?\s*/g, ' '))
            if (found !== null)
              context.report({ loc: comment.loc, messageId: 'phrase', data: { found: found[0], instead } })
          }
        }
      },
      'ClassDeclaration > Identifier.id, TSInterfaceDeclaration > Identifier.id, FunctionDeclaration > Identifier.id'(
        node,
      ) {
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
