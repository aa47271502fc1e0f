"""Wording of what can be wrong with the text of one cell."""

from __future__ import annotations

from mande.errors import Code, Text

NUMBER = Text("a number", "un nombre", "un número")
WHOLE_NUMBER = Text("a whole number", "un nombre entier", "un número entero")
DATE = Text("a date (year-month-day)", "une date (année-mois-jour)", "una fecha (año-mes-día)")
YES_OR_NO = Text("yes or no", "oui ou non", "sí o no")
CELLS = Text("cells: {found}", "cellules : {found}", "celdas: {found}")

V_TYPE = Code(
    "V-TYPE",
    Text("the value is not {kind}", "la valeur n'est pas {kind}", "el valor no es {kind}"),
    Text("{kind}"),
    Text(
        "Write {kind} and nothing else; leave the cell empty, or use -97 (don't know) or -98 "
        "(refused), if there is no answer.",
        "Écrivez {kind} et rien d'autre ; sans réponse, laissez vide ou mettez -97 (ne sait pas) "
        "ou -98 (refus).",
        "Escriba {kind} y nada más; sin respuesta, deje vacío o ponga -97 (no sabe) o -98 (rehusó).",
    ),
)
V_NOTINT = Code(
    "V-NOTINT",
    Text(
        "the value is not a whole number",
        "la valeur n'est pas un nombre entier",
        "el valor no es un número entero",
    ),
    WHOLE_NUMBER,
    Text(
        "Check the answer and round it; if fractions are right, change the question's type to number.",
        "Vérifiez la réponse et arrondissez ; si les fractions sont justes, changez le type en number.",
        "Compruebe la respuesta y redondee; si las fracciones son correctas, cambie el tipo a number.",
    ),
)
V_DECIMALCOMMA = Code(
    "V-DECIMALCOMMA",
    Text(
        "the number does not use the decimal mark of this file",
        "le nombre n'utilise pas le signe décimal de ce fichier",
        "el número no usa el signo decimal de este archivo",
    ),
    Text("the decimal mark '{mark}'", "le signe décimal « {mark} »", "el signo decimal «{mark}»"),
    Text(
        "Use one mark in the whole column; if the file writes decimal commas, "
        'put `decimal: ","` for this table in mapping.yaml.',
        'Utilisez un seul signe ; si le fichier écrit des virgules, mettez `decimal: ","` dans mapping.yaml.',
        'Use un solo signo; si el archivo escribe comas decimales, ponga `decimal: ","` en mapping.yaml.',
    ),
)
V_THOUSANDS = Code(
    "V-THOUSANDS",
    Text(
        "the number can be read in two ways (thousands or decimals)",
        "le nombre peut se lire de deux façons (milliers ou décimales)",
        "el número se puede leer de dos maneras (miles o decimales)",
    ),
    Text(
        "digits without a thousands mark",
        "des chiffres sans séparateur de milliers",
        "cifras sin separador de miles",
    ),
    Text(
        "Remove the marks between thousands, or say in mapping.yaml what they are "
        '(`thousands: ","`, `decimal: "."`).',
        "Retirez les séparateurs de milliers, ou déclarez-les dans mapping.yaml (`thousands`, `decimal`).",
        "Quite los separadores de miles, o declárelos en mapping.yaml (`thousands`, `decimal`).",
    ),
)
V_ENUM = Code(
    "V-ENUM",
    Text(
        "the value is not one of the choices",
        "la valeur n'est pas un des choix",
        "el valor no es una de las opciones",
    ),
    Text("one of: {known}", "un de : {known}", "una de: {known}"),
    Text(
        "Use one of the codes or labels of the question.",
        "Utilisez un des codes ou libellés de la question.",
        "Use uno de los códigos o etiquetas de la pregunta.",
    ),
    Text("{found}{hint}"),
)
V_CASE = Code(
    "V-CASE",
    Text(
        "answers given as labels or in other letter case were read as their codes",
        "des réponses données en libellé ou autre casse ont été lues comme leurs codes",
        "respuestas dadas como etiqueta o con otras mayúsculas se leyeron como sus códigos",
    ),
    Text(""),
    Text(""),
    CELLS,
)
V_SERIAL = Code(
    "V-SERIAL",
    Text(
        "Excel day numbers were read as dates",
        "des numéros de jour Excel ont été lus comme dates",
        "números de día de Excel se leyeron como fechas",
    ),
    Text(""),
    Text(
        "Check one of them: {example}.",
        "Vérifiez-en une : {example}.",
        "Compruebe una: {example}.",
    ),
    Text("cells: {found}; {example}", "cellules : {found} ; {example}", "celdas: {found}; {example}"),
)
V_DATEORDER = Code(
    "V-DATEORDER",
    Text(
        "the order of day and month is not certain",
        "l'ordre du jour et du mois n'est pas certain",
        "el orden de día y mes no es seguro",
    ),
    Text(
        "year-month-day, as in 2024-03-25",
        "année-mois-jour, p. ex. 2024-03-25",
        "año-mes-día, p. ej. 2024-03-25",
    ),
    Text(
        "Write dates as year-month-day with four digits for the year, or state the order in "
        "mapping.yaml (`dates: day_month_year`).",
        "Écrivez année-mois-jour, ou indiquez l'ordre dans mapping.yaml (`dates: day_month_year`).",
        "Escriba año-mes-día, o indique el orden en mapping.yaml (`dates: day_month_year`).",
    ),
)
V_DATEBAD = Code(
    "V-DATEBAD",
    Text("there is no such date", "cette date n'existe pas", "esa fecha no existe"),
    Text(
        "a day of the calendar, 1900 to 2100",
        "un jour du calendrier, 1900 à 2100",
        "un día del calendario, 1900 a 2100",
    ),
    Text(
        "Correct day, month or year.",
        "Corrigez le jour, le mois ou l'année.",
        "Corrija el día, el mes o el año.",
    ),
)
I_MANGLED = Code(
    "I-MANGLED",
    Text(
        "the id was turned into a number by a spreadsheet",
        "l'identifiant a été changé en nombre par un tableur",
        "una hoja de cálculo convirtió el id en número",
    ),
    Text("the id as it was given out", "l'identifiant tel qu'il a été attribué", "el id tal como se asignó"),
    Text(
        "Format the column as Text in Excel before pasting the ids; lost digits and zeros must "
        "come from the source.",
        "Mettez la colonne au format Texte avant de coller les identifiants ; reprenez-les à la source.",
        "Ponga la columna en formato Texto antes de pegar los ids; recupérelos de la fuente.",
    ),
)
I_MANGLED_REPAIRED = Code(
    "I-ZEROS",
    Text(
        "a '.0' at the end of ids was taken off",
        "un « .0 » à la fin d'identifiants a été retiré",
        "se quitó un «.0» al final de ids",
    ),
    Text(""),
    Text(""),
    CELLS,
)
I_PADDED = Code(
    "I-PADDED",
    Text(
        "leading zeros that ids had lost were put back, as their pattern says",
        "des zéros initiaux perdus ont été rétablis, selon la forme prescrite",
        "se repusieron ceros iniciales perdidos, según la forma prescrita",
    ),
    Text(""),
    Text(""),
    CELLS,
)
V_CELLERROR = Code(
    "V-CELLERROR",
    Text(
        "the cell shows an Excel error",
        "la cellule affiche une erreur Excel",
        "la celda muestra un error de Excel",
    ),
    Text("a value", "une valeur", "un valor"),
    Text(
        "Mend the formula, or type the value over it.",
        "Corrigez la formule, ou saisissez la valeur.",
        "Corrija la fórmula, o escriba el valor.",
    ),
)
V_FORMULA = Code(
    "V-FORMULA",
    Text(
        "the cell has a formula whose result was never stored",
        "la cellule a une formule dont le résultat n'a pas été enregistré",
        "la celda tiene una fórmula cuyo resultado no se guardó",
    ),
    Text("a value", "une valeur", "un valor"),
    Text(
        "Open the file in Excel and save it, so that the results are stored; or paste values over formulas.",
        "Ouvrez le fichier dans Excel et enregistrez-le, ou collez les valeurs.",
        "Abra el archivo en Excel y guárdelo, o pegue los valores.",
    ),
    Text("a formula without result", "une formule sans résultat", "una fórmula sin resultado"),
)
V_WHITESPACE = Code(
    "V-WHITESPACE",
    Text(
        "spaces around values were taken off",
        "des espaces autour des valeurs ont été retirés",
        "se quitaron espacios alrededor de los valores",
    ),
    Text(""),
    Text(""),
    CELLS,
)
I_DUPROW = Code(
    "I-DUPROW",
    Text(
        "the row repeats another row in every cell; it is counted once",
        "la ligne répète une autre ligne dans chaque cellule ; elle compte une fois",
        "la fila repite otra fila en cada celda; se cuenta una vez",
    ),
    Text("one row for each respondent", "une ligne par répondant", "una fila por encuestado"),
    Text(
        "Delete the row; if two interviews were meant, correct the id of one of them.",
        "Supprimez la ligne ; s'il y a deux entretiens, corrigez un des identifiants.",
        "Elimine la fila; si son dos entrevistas, corrija el id de una.",
    ),
    Text("same as row {found}", "identique à la ligne {found}", "igual a la fila {found}"),
)
