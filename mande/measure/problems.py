"""The problems of indicators and of the tables they are measured on, in three languages."""

from __future__ import annotations

from mande.errors import Code, Text

F_USE = Code(
    "F-USE",
    Text(
        "what the indicator uses does not fit it",
        "ce que l'indicateur utilise ne lui convient pas",
        "lo que usa el indicador no le corresponde",
    ),
    Text("{expected}"),
    Text(
        "Correct the entry under `uses`.",
        "Corrigez l'entrée sous `uses`.",
        "Corrija la entrada bajo `uses`.",
    ),
)
F_CYCLE = Code(
    "F-CYCLE",
    Text(
        "indicators use each other in a circle",
        "des indicateurs s'utilisent en cercle",
        "los indicadores se usan en círculo",
    ),
    Text(
        "a chain of `uses` that ends",
        "une chaîne de `uses` qui se termine",
        "una cadena de `uses` que termina",
    ),
    Text(
        "Work one of them out from answers instead.",
        "Calculez l'un d'eux à partir des réponses.",
        "Calcule uno de ellos a partir de las respuestas.",
    ),
)
F_CIRCLE = Code(
    "F-CIRCLE",
    Text(
        "parts of the indicator name each other in a circle",
        "des parties de l'indicateur se nomment en cercle",
        "unas partes del indicador se nombran en círculo",
    ),
    Text(
        "a chain of parts that ends",
        "une chaîne de parties qui se termine",
        "una cadena de partes que termina",
    ),
    Text(
        "Work one of them out from answers alone, or give one of them another name.",
        "Calculez l'une d'elles à partir des seules réponses, ou donnez-lui un autre nom.",
        "Calcule una de ellas solo a partir de respuestas, o dele otro nombre.",
    ),
)
F_ORDER = Code(
    "F-ORDER",
    Text(
        "the formula names what is worked out after it",
        "la formule nomme ce qui se calcule après elle",
        "la fórmula nombra lo que se calcula después",
    ),
    Text("{expected}"),
    Text(
        "Move the part up, above what names it; in `where`, name answers and parts instead of the value.",
        "Placez la partie plus haut ; dans `where`, nommez des réponses et des parties, non la valeur.",
        "Ponga la parte más arriba; en `where`, nombre respuestas y partes, no el valor.",
    ),
)
F_STATISTIC = Code(
    "F-STATISTIC",
    Text(
        "a statistic of the indicator names something that does not exist or does not fit",
        "une statistique de l'indicateur nomme ce qui n'existe pas ou ne convient pas",
        "una estadística del indicador nombra algo que no existe o no corresponde",
    ),
    Text("{expected}"),
    Text(
        "Correct the entry under `statistics`, for example `ratio_of_sums: [revenue, area_ha]`.",
        "Corrigez l'entrée sous `statistics`, par exemple `ratio_of_sums: [revenue, area_ha]`.",
        "Corrija la entrada bajo `statistics`, por ejemplo `ratio_of_sums: [revenue, area_ha]`.",
    ),
)
M_TABLE = Code(
    "M-TABLE",
    Text(
        "a table the indicator needs is not there",
        "il manque une table dont l'indicateur a besoin",
        "falta una tabla que el indicador necesita",
    ),
    Text("the table {expected}", "la table {expected}", "la tabla {expected}"),
    Text(
        "Upload the table for this wave, or leave the indicator out of the programme.",
        "Téléversez la table pour cette vague, ou retirez l'indicateur du programme.",
        "Suba la tabla de esta ronda, o quite el indicador del programa.",
    ),
)
M_COLUMN = Code(
    "M-ANSWER",
    Text(
        "a column the indicator needs is not there or holds the wrong kind of value",
        "une colonne nécessaire manque ou contient un autre type de valeur",
        "falta una columna necesaria o contiene otro tipo de valor",
    ),
    Text("{expected}"),
    Text(
        "Check that the question was asked in this wave and that the upload was accepted.",
        "Vérifiez que la question a été posée dans cette vague et que le fichier a été accepté.",
        "Verifique que la pregunta se hizo en esta ronda y que el archivo fue aceptado.",
    ),
)
M_KEY = Code(
    "M-KEY",
    Text(
        "rows cannot be told apart by their key",
        "les lignes ne se distinguent pas par leur clé",
        "las filas no se distinguen por su clave",
    ),
    Text(
        "each value of {key} once, and none empty",
        "chaque valeur de {key} une seule fois, aucune vide",
        "cada valor de {key} una sola vez, ninguno vacío",
    ),
    Text(
        "Accept the survey first; its checks name the rows.",
        "Acceptez d'abord l'enquête ; ses contrôles nomment les lignes.",
        "Acepte primero la encuesta; sus controles nombran las filas.",
    ),
)
M_INFLUENCE = Code(
    "M-INFLUENCE",
    Text(
        "the statistic cannot be spread over units",
        "la statistique ne peut pas être répartie entre les unités",
        "la estadística no se puede repartir entre las unidades",
    ),
    Text(
        "a statistic of one number, with a linearised variable, that is no total",
        "une statistique d'un seul nombre, avec une variable linéarisée, qui n'est pas un total",
        "una estadística de un solo número, con una variable linealizada, que no sea un total",
    ),
    Text(
        "Take another statistic, such as `gini`, `median` or `fgt`.",
        "Prenez une autre statistique, comme `gini`, `median` ou `fgt`.",
        "Tome otra estadística, como `gini`, `median` o `fgt`.",
    ),
)
M_EXAMPLE = Code(
    "M-EXAMPLE",
    Text(
        "the example does not give the expected value",
        "l'exemple ne donne pas la valeur attendue",
        "el ejemplo no da el valor esperado",
    ),
    Text("{expected}"),
    Text(
        "Correct the formula, or work the example out by hand again.",
        "Corrigez la formule, ou refaites l'exemple à la main.",
        "Corrija la fórmula, o rehaga el ejemplo a mano.",
    ),
)
