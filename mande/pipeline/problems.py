"""Problems of asking for something that is not there."""

from __future__ import annotations

from mande.errors import Code, Text

P_INDICATOR = Code(
    "P-INDICATOR",
    Text("there is no such indicator", "il n'y a pas d'indicateur de ce nom", "no hay tal indicador"),
    Text(
        "the id or code of an indicator{hint}",
        "l'id ou le code d'un indicateur{hint}",
        "el id o el código de un indicador{hint}",
    ),
    Text(
        "`mande indicators list` shows them all.",
        "`mande indicators list` les montre tous.",
        "`mande indicators list` los muestra todos.",
    ),
)
P_GROUP = Code(
    "P-GROUP",
    Text(
        "values cannot be grouped by this",
        "les valeurs ne peuvent être groupées ainsi",
        "los valores no pueden agruparse así",
    ),
    Text(
        "one of {known}{hint}",
        "l'un de {known}{hint}",
        "uno de {known}{hint}",
    ),
    Text(
        "Name a question of the unit, a part of the indicator, or a column of the register.",
        "Nommez une question de l'unité, une partie de l'indicateur ou une colonne du registre.",
        "Nombre una pregunta de la unidad, una parte del indicador o una columna del registro.",
    ),
)
