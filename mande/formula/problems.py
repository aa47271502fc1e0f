"""The problems a formula can have, in three languages."""

from __future__ import annotations

from mande.errors import Code, Text

F_SYNTAX = Code(
    "F-SYNTAX",
    Text(
        "the formula cannot be read",
        "la formule est illisible",
        "no se puede leer la fórmula",
    ),
    Text("{expected}"),
    Text(
        "Write it as arithmetic, for example `sum(sales.qty * sales.price) - cost`.",
        "Écrivez-la comme un calcul, par exemple `sum(sales.qty * sales.price) - cost`.",
        "Escríbala como un cálculo, por ejemplo `sum(sales.qty * sales.price) - cost`.",
    ),
)
F_FUNCTION = Code(
    "F-FUNCTION",
    Text(
        "the formula calls a function that does not exist or gives it the wrong arguments",
        "la formule appelle une fonction inexistante ou lui donne de mauvais arguments",
        "la fórmula llama a una función que no existe o le da argumentos equivocados",
    ),
    Text("{expected}"),
    Text(
        "Use a function of the closed list; none can be added in a definition.",
        "Utilisez une fonction de la liste fermée ; une définition n'en ajoute pas.",
        "Use una función de la lista cerrada; una definición no puede añadir otras.",
    ),
)
F_NAME = Code(
    "F-NAME",
    Text(
        "the formula names something that does not exist",
        "la formule nomme quelque chose qui n'existe pas",
        "la fórmula nombra algo que no existe",
    ),
    Text("{expected}"),
    Text(
        "Use one of the ids listed, or add the question, the part or the use.",
        "Utilisez un des identifiants cités, ou ajoutez la question, la partie ou l'usage.",
        "Use uno de los identificadores citados, o añada la pregunta, la parte o el uso.",
    ),
)
F_AGGREGATE = Code(
    "F-AGGREGATE",
    Text(
        "a roster is used in a way that gives no single value",
        "une liste de lignes est employée sans donner une valeur unique",
        "una lista de filas se usa sin dar un valor único",
    ),
    Text("{expected}"),
    Text(
        "Name one roster inside one aggregate, or make a dotted part (`sales.value: ...`) first.",
        "Nommez une seule liste dans un agrégat, ou faites d'abord une partie pointée (`sales.value: ...`).",
        "Nombre una sola lista dentro de un agregado, o haga antes una parte con punto (`sales.value: ...`).",
    ),
)
F_TYPE = Code(
    "F-KIND",
    Text(
        "the formula mixes kinds of answers that do not go together",
        "la formule mélange des types de réponses incompatibles",
        "la fórmula mezcla tipos de respuestas incompatibles",
    ),
    Text("{expected}"),
    Text(
        "Compare texts with ==, count conditions with count(...) or count_of(...), choose with if_(...).",
        "Comparez les textes avec ==, comptez avec count(...) ou count_of(...), choisissez avec if_(...).",
        "Compare textos con ==, cuente con count(...) o count_of(...), elija con if_(...).",
    ),
)
F_CHOICE = Code(
    "F-CHOICE",
    Text(
        "the formula compares with a code that is not a choice of the question",
        "la formule compare avec un code qui n'est pas une réponse de la question",
        "la fórmula compara con un código que no es una opción de la pregunta",
    ),
    Text("{expected}"),
    Text(
        "Use a code from the question's `choices`.",
        "Utilisez un code des `choices` de la question.",
        "Use un código de las `choices` de la pregunta.",
    ),
)
F_LIMIT = Code(
    "F-LIMIT",
    Text("the formula is too large", "la formule est trop grande", "la fórmula es demasiado grande"),
    Text("{expected}"),
    Text(
        "Split it into named parts.",
        "Divisez-la en parties nommées.",
        "Divídala en partes con nombre.",
    ),
)
F_UNIT = Code(
    "F-UNIT",
    Text(
        "the units of the formula do not go together",
        "les unités de la formule ne vont pas ensemble",
        "las unidades de la fórmula no concuerdan",
    ),
    Text("{expected}"),
    Text(
        "Convert one of the values, or correct the `unit` of the indicator, the part or the question.",
        "Convertissez une des valeurs, ou corrigez `unit` de l'indicateur, de la partie ou de la question.",
        "Convierta uno de los valores, o corrija la `unit` del indicador, de la parte o de la pregunta.",
    ),
)
