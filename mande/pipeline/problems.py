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
P_FILTER = Code(
    "P-FILTER",
    Text(
        "no indicator is of this kind",
        "aucun indicateur n'est de cette sorte",
        "ningún indicador es de esta clase",
    ),
    Text("one of {known}{hint}", "un parmi {known}{hint}", "uno de {known}{hint}"),
    Text(
        "Correct the word after the option, or leave the option out.",
        "Corrigez le mot après l'option, ou omettez l'option.",
        "Corrija la palabra tras la opción, u omita la opción.",
    ),
)
P_OUTCOME = Code(
    "P-OUTCOME",
    Text(
        "the programme names something that cannot be measured",
        "le programme nomme quelque chose qui ne peut pas être mesuré",
        "el programa nombra algo que no se puede medir",
    ),
    Text("{expected}"),
    Text(
        "Correct the name in programme.yaml, or add the definition.",
        "Corrigez le nom dans programme.yaml, ou ajoutez la définition.",
        "Corrija el nombre en programme.yaml, o añada la definición.",
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
P_CROSSED = Code(
    "P-CROSSED",
    Text(
        "values cannot be grouped by this combination",
        "les valeurs ne peuvent être groupées par cette combinaison",
        "los valores no pueden agruparse por esta combinación",
    ),
    Text(
        "one name, or two different ones joined by a comma, such as sex,region",
        "un nom, ou deux noms différents joints par une virgule, comme sex,region",
        "un nombre, o dos distintos unidos por una coma, como sex,region",
    ),
    Text(
        "Cross two at most; `--by` may be given several times.",
        "Croisez-en deux au plus ; `--by` peut être donné plusieurs fois.",
        "Cruce dos como máximo; `--by` puede darse varias veces.",
    ),
)
P_MANY = Code(
    "P-MANY",
    Text("there are too many groups", "il y a trop de groupes", "hay demasiados grupos"),
    Text("{most} groups at most", "{most} groupes au plus", "{most} grupos como máximo"),
    Text(
        "Group by something with few answers; make classes of a number in a part of the indicator.",
        "Groupez par ce qui a peu de réponses ; classez un nombre dans une partie de l'indicateur.",
        "Agrupe por algo con pocas respuestas; haga clases de un número en una parte del indicador.",
    ),
    Text("{found}: {groups} groups", "{found} : {groups} groupes", "{found}: {groups} grupos"),
)
P_PROTECTED = Code(
    "P-PROTECTED",
    Text(
        "results are not told apart by this, to protect who answered",
        "les résultats ne sont pas ventilés ainsi, pour protéger les répondants",
        "los resultados no se desglosan así, para proteger a quienes respondieron",
    ),
    Text(
        "one of {known}: no protected answer, no single unit and no employer",
        "l'un de {known} : ni réponse protégée, ni unité isolée, ni employeur",
        "uno de {known}: ninguna respuesta protegida, unidad única ni empleador",
    ),
    Text(
        "Group by something that many share, such as sex or region.",
        "Groupez par ce que beaucoup ont en commun, comme le sexe ou la région.",
        "Agrupe por algo que muchos comparten, como el sexo o la región.",
    ),
)
