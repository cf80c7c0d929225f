import * as z from 'zod/mini'

/** How a model is written in agents.yaml, in words. */
export const modelForm = '"provider/model" or { model: provider/model, variant: … }'

const isModelName = z.regex(/^[^/\s]+\/\S+$/, modelForm)

/** A model, optionally with a variant. */
export const ModelVariant = z.looseObject({
  model: z.string().check(isModelName),
  variant: z.optional(z.string()),
})

/** `provider/model`, or a model with a variant. */
const ModelEntry = z.union([z.string().check(isModelName), ModelVariant], modelForm)

/** A list of models. */
export function modelsField() {
  return z.array(ModelEntry, `a list of ${modelForm}`)
}

/** How a model without a provider is written, in words. */
const nameForm = 'the name of a model, or { model: …, variant: … }'
const ModelName = z.string().check(z.regex(/^\S+$/, nameForm))

/** A model by a name that its own program knows, optionally with a variant. */
export const NamedModel = z.looseObject({ model: ModelName, variant: z.optional(z.string()) })

/** A list of models by names that their own program knows, with variants. */
export function variedModelsField() {
  return z.array(z.union([ModelName, NamedModel], nameForm), `a list of ${nameForm}`)
}

/** The same for a program without variants. */
export function namedModelsField() {
  return z.array(
    z.string('the name of a model').check(z.regex(/^\S+$/, 'the name of a model')),
    'a list of names of models',
  )
}
